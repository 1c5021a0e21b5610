import { readFileSync } from 'node:fs';
import { debuglog } from 'node:util';
import { Command, CommanderError } from 'commander';
import { CliContext } from './command.context.js';
import { COMMANDS } from './commands.js';
import { databaseTrouble } from './database.trouble.js';
import { codeOf, EXIT, type ExitCode, exitCodeOf } from './exit.codes.js';
import { PROGRAM_HELP, SHARED_HELP } from './help.text.js';
import { ImpactError } from '../errors/index.js';
import { plain } from './layout.rules.js';
import { Output } from './output.js';
import type { Terminal } from './terminal.js';

const debug = debuglog('nestjs-impact');

/** Help is formatted for this width wherever it is read. */
const HELP_WIDTH = 80;

/**
 * Runs one command and answers the exit code. Never throws, and never ends the process.
 *
 * @param args what stands behind the program's name.
 */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const context = new CliContext(terminal);
  const program = buildProgram(context);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return context.exitCode;
  } catch (error) {
    // Asked before anything was understood: options may be what was wrong.
    const output = new Output(terminal, args.includes('--json'));
    return error instanceof CommanderError ? misused(error, program, args, output) : failed(error, output);
  }
}

export function buildProgram(context: CliContext): Command {
  const { terminal } = context;
  const program = new Command('nestjs-impact');
  program
    .usage('<command> [options]')
    .option('--database <url | file>')
    .option('--data-source <file>')
    .option('--module <file>')
    .option('--env-file <file>')
    .option('--json')
    .version(packageVersion(), '-V, --version')
    .showSuggestionAfterError(true)
    .configureHelp({ helpWidth: HELP_WIDTH })
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      // What commander has to complain about is thrown as well, and told in our own words.
      writeErr: () => {},
    })
    .exitOverride()
    .hook('preAction', () => context.begin(program));
  program.helpInformation = () => PROGRAM_HELP;
  for (const register of COMMANDS) register(program, context);
  for (const command of program.commands) command.addHelpText('after', SHARED_HELP);
  return program;
}

/** Help and version end a program as well, and are no mistake. */
function misused(error: CommanderError, program: Command, args: readonly string[], output: Output): ExitCode {
  if (error.exitCode === 0) return EXIT.fine;
  if (error.code === 'commander.help') {
    output.lines([PROGRAM_HELP.trimEnd()]);
    if (output.json) tell(output, 'CLI_USAGE', 'No command was given. See nestjs-impact --help.', EXIT.usage);
    return EXIT.usage;
  }
  const command = program.commands.find((each) => args.includes(each.name()))?.name();
  const message = sentence(plain(withoutValue(error.message.replace(/^error: /, ''))));
  const help = `nestjs-impact ${command === undefined ? '' : `${command} `}--help`;
  tell(output, 'CLI_USAGE', `${message} See ${help}.`, EXIT.usage);
  return EXIT.usage;
}

/** An option that was mistyped may have carried a password behind its `=`. */
const withoutValue = (message: string): string => message.replace(/'(--?[\w-]+)=[^']*'/, "'$1'");

function sentence(text: string): string {
  const words = text.trim();
  return words.charAt(0).toUpperCase() + words.slice(1) + (/[.?!]$/.test(words) ? '' : '.');
}

function failed(error: unknown, output: Output): ExitCode {
  debug('%o', error);
  const exitCode = exitCodeOf(error);
  if (error instanceof ImpactError) {
    tell(output, error.code, error.message, exitCode, 'problems' in error ? error.problems : undefined);
    return exitCode;
  }
  const trouble = databaseTrouble(error);
  if (trouble !== null) {
    tell(output, 'CLI_DATABASE', trouble, EXIT.unreachable);
    return EXIT.unreachable;
  }
  // Messages of drivers and of other people's code may quote values: name and code are told.
  const name = error instanceof Error ? error.name : typeof error;
  const code = codeOf(error);
  tell(
    output,
    'CLI_FAILED',
    `The command failed: ${name}${code === null ? '' : ` (${code})`}. NODE_DEBUG=nestjs-impact shows where; it may show values too.`,
    exitCode,
  );
  return exitCode;
}

function tell(output: Output, code: string, message: string, exitCode: ExitCode, problems?: unknown): void {
  if (output.json)
    output.document({ error: { code, message, exitCode, ...(problems === undefined ? {} : { problems }) } });
  else output.remark(`${output.paintError('red', 'error')} ${message}`);
}

function packageVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
