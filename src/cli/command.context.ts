import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { Command } from 'commander';
import { type CliApp, withApp } from './app.opener.js';
import { CliInterruptedError, CliUsageError } from './cli.errors.js';
import { type ConnectionOptions, type Where, whereOf } from './connection.rules.js';
import { EXIT, type ExitCode } from './exit.codes.js';
import { Output } from './output.js';
import type { Terminal } from './terminal.js';

/** Options that every command has. */
export interface SharedOptions extends ConnectionOptions {
  readonly envFile?: string;
  readonly json?: boolean;
}

/** What a command came to. */
export interface CommandResult {
  /** The one document of `--json`: plain data, dates as `Date` or ISO text. */
  readonly data: unknown;
  /** The same for a person. */
  readonly lines: readonly string[];
  /** Default 0. */
  readonly exitCode?: ExitCode;
}

/** What commands share: how they are asked, how they answer, and the app that they work on. */
export class CliContext {
  /** How the program ended; 0 unless a command says otherwise. */
  exitCode: ExitCode = EXIT.fine;
  #shared: SharedOptions = {};

  constructor(readonly terminal: Terminal) {}

  /** Valid within a command's action. */
  get output(): Output {
    return new Output(this.terminal, this.#shared.json === true);
  }

  /** Aborted by Ctrl-C. */
  get signal(): AbortSignal {
    return this.terminal.signal;
  }

  /** Reads what all commands share, before any of them acts. */
  begin(program: Command): void {
    this.#shared = program.opts<SharedOptions>();
    const { envFile } = this.#shared;
    if (envFile !== undefined) this.#readEnvironment(envFile);
  }

  /** Turns what a command does into its action; `null`: it has said everything itself: `.action(context.does(async (order, options) => …))`. */
  does<Given extends unknown[]>(
    work: (...given: Given) => Promise<CommandResult | null>,
  ): (...given: Given) => Promise<void> {
    return async (...given) => {
      const result = await work(...given);
      if (result === null) return;
      const { data, lines, exitCode } = result;
      this.output.lines(lines);
      this.output.document(data);
      this.exitCode = exitCode ?? EXIT.fine;
    };
  }

  /** Where the tables are. @throws CliUsageError */
  where(): Where {
    return whereOf(this.#shared, this.terminal.env, this.terminal.cwd);
  }

  /** Opens the package over the app's database for some work, and closes it again. Nothing runs by itself in it. */
  async withApp<T>(work: (app: CliApp) => Promise<T>): Promise<T> {
    return withApp(this.where(), work);
  }

  /** @throws CliInterruptedError when somebody has pressed Ctrl-C. */
  throwIfInterrupted(): void {
    if (this.signal.aborted) throw new CliInterruptedError();
  }

  /** What is set already wins, as with Node's own `--env-file`. */
  #readEnvironment(file: string): void {
    let text: string;
    try {
      text = readFileSync(resolve(this.terminal.cwd, file), 'utf8');
    } catch {
      throw new CliUsageError(
        `--env-file: ${file} cannot be read. Name a file with lines such as IMPACT_MODE=live.`,
      );
    }
    for (const [name, value] of Object.entries(parseEnv(text))) this.terminal.env[name] ??= value;
  }
}

/** Adds one command to the program. */
export type CommandRegistration = (program: Command, context: CliContext) => void;
