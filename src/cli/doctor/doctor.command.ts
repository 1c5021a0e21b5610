import type { DataSourceOptions } from 'typeorm';
import { ImpactConfigurationError, type ResolvedImpactOptions } from '../../config/index.js';
import { ImpactError } from '../../errors/index.js';
import { type CliApp, connectionAt, withApp } from '../app.opener.js';
import { CliUsageError } from '../cli.errors.js';
import type { CliContext, CommandRegistration } from '../command.context.js';
import type { Where } from '../connection.rules.js';
import { EXIT } from '../exit.codes.js';
import { counted, padded, plain, wrap } from '../layout.rules.js';
import { webAddress } from '../option.readers.js';
import type { Output } from '../output.js';
import { lookAtAccount, writeFindings } from './account.check.js';
import { cookieFindings } from './cookie.rules.js';
import { lookAtDatabase } from './database.check.js';
import { bad, type Finding, good, type Level } from './finding.js';
import { lookAtLedger, payFor, proofsOf } from './ledger.check.js';
import { modeFindings, problemFinding, settingsOf } from './settings.check.js';

/** `doctor`: everything that can be found out without a sale. Changes nothing but the count of the hour's calls. */
export const doctorCommand: CommandRegistration = (program, context) => {
  program
    .command('doctor')
    .summary('what is wrong with settings, account, database')
    .description(
      'Looks at settings, credentials, scopes, event type, database, clocks, cookie and\n' +
        'backlog, and says what is wrong. Four calls to impact.com, none of which writes.\n' +
        'Ends with 1 when something is bad.',
    )
    .option(
      '--site <url>',
      'where people land or check out; may be given more than once',
      (text: string, before: URL[] | undefined) => [...(before ?? []), webAddress(text)],
    )
    .option('--no-account', 'make no call to impact.com')
    .action(
      context.does(async ({ site = [], account }: { site?: URL[]; account: boolean }) => {
        const findings = await examine(context, site, account);
        const count = (level: Level): number => findings.filter((finding) => finding.level === level).length;
        return {
          data: { findings, good: count('good'), warnings: count('warning'), bad: count('bad') },
          lines: [
            ...linesOf(findings, context.output),
            '',
            `${count('good')} good, ${counted(count('warning'), 'warning')}, ${count('bad')} bad`,
          ],
          exitCode: count('bad') > 0 ? EXIT.bad : EXIT.fine,
        };
      }),
    );
};

async function examine(context: CliContext, sites: readonly URL[], account: boolean): Promise<Finding[]> {
  const findings: Finding[] = [good('version', `Node ${process.versions.node}`)];
  const where = namedPlace(context, findings);
  let options: ResolvedImpactOptions | null = null;
  let usable = where !== null;
  if (where?.by !== 'module') {
    const settings = settingsOf(context.terminal.env);
    options = settings.options;
    findings.push(...settings.findings);
    const connection = where === null ? null : await connectionOrTell(where, findings);
    usable = connection !== null;
    if (connection !== null) {
      const look = await lookAtDatabase(connection);
      findings.push(...look.findings);
      usable = look.usable;
    }
  }
  if (where !== null && usable && (where.by === 'module' || options !== null)) {
    await openly(where, findings, async (app) => {
      if (where.by === 'module')
        findings.push(good('settings', "the app's own"), ...modeFindings(app.options));
      const calls = account ? await callsOf(app.options, findings) : 0;
      await payFor(calls, app);
      if (app.options.authToken !== '') {
        const stamp = { account: app.options.accountSid, environment: app.options.environment };
        findings.push(...writeFindings(await proofsOf(app.database, stamp)));
      }
      findings.push(...cookieFindings(app.options.capture.cookie, sites), ...(await lookAtLedger(app)));
    });
  } else if (options !== null) {
    if (account) await callsOf(options, findings);
    findings.push(...cookieFindings(options.capture.cookie, sites));
  }
  return findings;
}

async function callsOf(options: ResolvedImpactOptions, findings: Finding[]): Promise<number> {
  const look = await lookAtAccount(options);
  findings.push(...look.findings);
  return look.calls;
}

/** A missing or wrong name of the database is one finding among others. */
function namedPlace(context: CliContext, findings: Finding[]): Where | null {
  try {
    return context.where();
  } catch (error) {
    if (!(error instanceof CliUsageError)) throw error;
    findings.push(told('database', error));
    return null;
  }
}

async function connectionOrTell(where: Where, findings: Finding[]): Promise<DataSourceOptions | null> {
  try {
    return await connectionAt(where);
  } catch (error) {
    if (!(error instanceof ImpactError)) throw error;
    findings.push(told('database', error));
    return null;
  }
}

async function openly(
  where: Where,
  findings: Finding[],
  work: (app: CliApp) => Promise<void>,
): Promise<void> {
  try {
    await withApp(where, work);
  } catch (error) {
    if (error instanceof ImpactConfigurationError) findings.push(...error.problems.map(problemFinding));
    else if (error instanceof ImpactError) findings.push(told('app', error));
    else throw error;
  }
}

function told(about: string, error: ImpactError): Finding {
  const [says = '', ...rest] = error.message.split(/(?<=\.) (?=[A-Z])/);
  return bad(about, says.replace(/\.$/, ''), rest.join(' '));
}

const MARK = { good: 'good', warning: 'warning', bad: 'BAD' } as const;
const COLOUR = { good: 'green', warning: 'yellow', bad: 'red' } as const;

function linesOf(findings: readonly Finding[], output: Output): string[] {
  const indent = 9;
  return findings.flatMap(({ about, level, says, fix }) => {
    const body = [
      ...wrap(plain(`${about}: ${says}`), output.width - indent),
      ...(fix === null || fix === '' ? [] : wrap(plain(`→ ${fix}`), output.width - indent, 2)),
    ];
    return body.map(
      (line, index) =>
        (index === 0 ? output.paint(COLOUR[level], padded(MARK[level], indent)) : ' '.repeat(indent)) + line,
    );
  });
}
