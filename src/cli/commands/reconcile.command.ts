import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { basename, resolve } from 'node:path';
import { Option } from 'commander';
import {
  type ActedBy,
  ActsService,
  csvLines,
  type Difference,
  ReconciliationService,
  type ReconciliationSummary,
} from '../../operations/index.js';
import { CliUsageError } from '../cli.errors.js';
import type { CliContext, CommandRegistration } from '../command.context.js';
import { EXIT } from '../exit.codes.js';
import { counted, plain, wrap } from '../layout.rules.js';
import { byOption, dayOrMoment, whyOption } from '../option.readers.js';

interface ReconcileOptions extends Partial<ActedBy> {
  readonly from: string | Date;
  readonly to: string | Date;
  readonly csv?: string;
  readonly repair?: 'dry' | 'apply';
  readonly wait?: boolean;
}

/** Differences that are shown to a person; the file and `--json` have all of them. */
const MOST_SHOWN = 20;

/** `reconcile`: every difference between this app's sales and the vendor's actions. */
export const reconcileCommand: CommandRegistration = (program, context) => {
  program
    .command('reconcile')
    .summary("compares sales with impact.com's actions")
    .description(
      "Compares the sales of a time with impact.com's actions (docs/reconciliation.md).\n" +
        'Ends with 1 while a difference is left.',
    )
    .addOption(fromOption())
    .addOption(toOption())
    .option('--csv <file>', 'write every difference to this file')
    .addOption(
      new Option('--repair <how>', 'dry: say what would mend it; apply: mend it').choices(['dry', 'apply']),
    )
    .option('--wait', 'wait while calls are paused or the hour is used up')
    .addOption(byOption().makeOptionMandatory(false))
    .addOption(whyOption().makeOptionMandatory(false))
    .action(
      context.does(async (options: ReconcileOptions) => {
        const { from, to, csv, wait = false, repair = 'dry', by, why } = options;
        if (repair === 'apply' && (by === undefined || why === undefined)) {
          throw new CliUsageError(
            '--repair apply changes what is sent. Say who does it and why: --by <who> --why <reason>.',
          );
        }
        return context.withApp(async (app) => {
          const progress = context.output.progress('comparing');
          const acts = app.get(ActsService);
          const told = async (difference: Difference): Promise<void> => {
            if (difference.repaired && by !== undefined && why !== undefined) {
              await acts.note(difference.orderId, 'reconcile', { by, why });
            }
          };
          const stream = app
            .get(ReconciliationService)
            .stream({ from, to, repair, wait, signal: context.signal });
          try {
            const { differences, summary } = await readThrough(stream, csv, context, told, (count) =>
              progress.at(count, null, counted(count, 'difference')),
            );
            context.throwIfInterrupted();
            progress.end();
            const left = differences.filter(({ repaired }) => !repaired).length;
            return {
              data: { ...summary, differences },
              lines: linesOf(summary, differences, csv, context.output.width),
              exitCode: left > 0 ? EXIT.bad : EXIT.fine,
            };
          } catch (error) {
            context.throwIfInterrupted();
            throw error;
          } finally {
            progress.end();
          }
        });
      }),
    );
};

const fromOption = (): Option =>
  new Option('--from <day>', 'first day, as the account counts days: 2026-10-01')
    .argParser(dayOrMoment)
    .makeOptionMandatory();
const toOption = (): Option =>
  new Option('--to <day>', 'the day after the last one: 2026-11-01')
    .argParser(dayOrMoment)
    .makeOptionMandatory();

/** Reads every difference, and writes it to the file as it comes. */
async function readThrough(
  stream: AsyncGenerator<Difference, ReconciliationSummary, undefined>,
  csv: string | undefined,
  context: CliContext,
  told: (difference: Difference) => Promise<void>,
  count: (count: number) => void,
): Promise<{ differences: Difference[]; summary: ReconciliationSummary }> {
  const differences: Difference[] = [];
  let summary: ReconciliationSummary | undefined;
  async function* read(): AsyncGenerator<Difference> {
    for (;;) {
      const step = await stream.next();
      if (step.done === true) {
        summary = step.value;
        return;
      }
      await told(step.value);
      differences.push(step.value);
      count(differences.length);
      yield step.value;
    }
  }
  if (csv === undefined) for await (const _ of read());
  else await writeLines(resolve(context.terminal.cwd, csv), csvLines(read()));
  return { differences, summary: summary! };
}

async function writeLines(file: string, lines: AsyncIterable<string>): Promise<void> {
  const out = createWriteStream(file);
  try {
    await once(out, 'open');
  } catch (cause) {
    throw new CliUsageError(
      `--csv: ${basename(file)} cannot be written there. Give a path in a folder that exists.`,
      {
        cause,
      },
    );
  }
  for await (const line of lines) if (!out.write(line)) await once(out, 'drain');
  out.end();
  await once(out, 'finish');
}

function linesOf(
  summary: ReconciliationSummary,
  differences: readonly Difference[],
  csv: string | undefined,
  width: number,
): string[] {
  const shown = differences.slice(0, MOST_SHOWN);
  const more = differences.length - shown.length;
  return [
    ...shown.flatMap((difference) => [
      ...wrap(
        plain(`${difference.orderId || '(no order id)'}  ${difference.kind}: ${difference.words}`),
        width,
        2,
      ),
      ...wrap(
        plain(`  ${difference.repaired ? 'Repaired.' : (difference.repairProblem ?? difference.advice)}`),
        width - 2,
      ).map((line) => `  ${line}`),
    ]),
    ...(more > 0 ? [`… and ${more} more; --csv or --json have all of them`] : []),
    ...(shown.length > 0 ? [''] : []),
    ...summary
      .summary()
      .split('\n')
      .flatMap((line) => wrap(line, width, 2)),
    ...(csv === undefined ? [] : [`Written to ${basename(csv)}.`]),
  ];
}
