import { createReadStream, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import {
  type BackfillFinding,
  type BackfillProgress,
  type BackfillReport,
  BackfillService,
} from '../../operations/index.js';
import { CliInterruptedError, CliUsageError } from '../cli.errors.js';
import type { CommandRegistration } from '../command.context.js';
import { EXIT } from '../exit.codes.js';
import { counted, plain, span, wrap } from '../layout.rules.js';
import { wholeNumber } from '../option.readers.js';

interface BackfillCommandOptions {
  readonly apply?: boolean;
  readonly from?: number;
  readonly allowOld?: boolean;
  readonly currency?: string;
  readonly delimiter?: string;
}

/** Findings that are shown to a person; `--json` has the first 1000. */
const MOST_SHOWN = 20;

/** `backfill`: past sales from a CSV file. */
export const backfillCommand: CommandRegistration = (program, context) => {
  program
    .command('backfill')
    .summary('records past sales from a file; checks only, at first')
    .description('Checks a CSV file of past sales, or with --apply records them (docs/backfill.md).')
    .argument('<csv>', 'the file; its columns are in docs/backfill.md')
    .option('--apply', 'record them; the dispatcher sends them behind everything else')
    .option('--from <line>', 'go on at this line', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--allow-old', 'also sales that are older than impact.com processes')
    .option('--currency <code>', 'for a file without a currency column')
    .option('--delimiter <character>', 'separator; found out from the header otherwise')
    .action(
      context.does(async (csv: string, { apply = false, ...options }: BackfillCommandOptions) => {
        const file = resolve(context.terminal.cwd, csv);
        const size = sizeOf(file, csv);
        return context.withApp(async (app) => {
          const stream = createReadStream(file);
          const progress = context.output.progress(apply ? 'recording' : 'checking');
          const run = app
            .get(BackfillService)
            .run(stream, { ...options, dryRun: !apply, signal: context.signal });
          try {
            let step = await run.next();
            while (step.done !== true) {
              progress.at(Math.min(stream.bytesRead, size), size, inWords(step.value));
              step = await run.next();
            }
            progress.end();
            if (step.value.aborted) {
              context.output.remark(
                `Ended before line ${step.value.next}. Go on with --from ${step.value.next}.`,
              );
              throw new CliInterruptedError();
            }
            const { invalid, conflicts } = step.value;
            return {
              data: step.value,
              lines: linesOf(step.value, context.output.width),
              exitCode: invalid + conflicts > 0 ? EXIT.bad : EXIT.fine,
            };
          } finally {
            progress.end();
            stream.destroy();
          }
        });
      }),
    );
};

function sizeOf(file: string, given: string): number {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile() !== true) {
    throw new CliUsageError(
      `There is no file ${basename(given)} at this place. Give the path of a CSV file.`,
    );
  }
  return found.size;
}

const inWords = ({ line, recorded, invalid }: BackfillProgress): string =>
  `line ${line}, ${recorded} good, ${invalid} invalid`;

function linesOf(report: BackfillReport, width: number): string[] {
  const {
    dryRun,
    recorded,
    skipped,
    already,
    conflicts,
    invalid,
    warned,
    hoursToSend,
    ignoredColumns,
    next,
  } = report;
  const shown = report.findings.slice(0, MOST_SHOWN);
  const more = report.findings.length + report.moreFindings - shown.length;
  return [
    ...shown.flatMap((finding) => findingLines(finding, width)),
    ...(more > 0 ? [`… and ${more} more; --json shows the first 1000`] : []),
    ...(ignoredColumns.length > 0
      ? wrap(plain(`Columns that mean nothing here: ${ignoredColumns.join(', ')}`), width, 2)
      : []),
    ...(shown.length > 0 || ignoredColumns.length > 0 ? [''] : []),
    `${counted(recorded, 'sale')} ${dryRun ? 'to record' : 'recorded'}${skipped > 0 ? `, ${skipped} of them not to be sent` : ''}, ` +
      `${already} known, ${conflicts} in conflict, ${invalid} invalid, ${warned} with a warning`,
    ...(recorded > 0 ? [`Everything is sent in about ${span(hoursToSend * 3_600_000)}.`] : []),
    ...(dryRun
      ? ['Nothing was recorded. Give --apply to record.']
      : [`Go on at line ${next} when the file grows.`]),
  ];
}

const findingLines = ({ line, level, message }: BackfillFinding, width: number): string[] =>
  wrap(plain(`line ${line}: ${level}: ${message}`), width, 2);
