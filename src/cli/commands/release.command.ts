import { Option } from 'commander';
import { ActsService, type ActedBy, type ReleaseReport } from '../../operations/index.js';
import { CliInterruptedError, CliUsageError } from '../cli.errors.js';
import type { CommandRegistration } from '../command.context.js';
import { EXIT } from '../exit.codes.js';
import { counted, plain, wrap } from '../layout.rules.js';
import { byOption, whyOption } from '../option.readers.js';

interface ReleaseCommandOptions extends ActedBy {
  readonly order?: string;
  readonly all?: boolean;
  readonly allowOld?: boolean;
  readonly dryRun?: boolean;
}

/** `release`: the dry run was a rehearsal for these sales, and now they count. */
export const releaseCommand: CommandRegistration = (program, context) => {
  program
    .command('release')
    .summary('lets sales out that were kept in dry-run mode')
    .description(
      'Lets sales out that were recorded in dry-run mode. They are sent from then on.\n' +
        'Needs IMPACT_MODE=live. Nothing is called here.',
    )
    .addOption(new Option('--order <id>', 'this one').conflicts('all'))
    .option('--all', 'every one of this account and environment')
    .option('--allow-old', 'also those that are older than impact.com processes')
    .option('--dry-run', 'say what would be let out, and change nothing')
    .addOption(byOption())
    .addOption(whyOption())
    .action(
      context.does(async ({ order, all, ...options }: ReleaseCommandOptions) => {
        if (order === undefined && all !== true) {
          throw new CliUsageError(
            'Nothing was named. Give --order <id>, or --all for every sale of the dry run.',
          );
        }
        return context.withApp(async (app) => {
          const progress = context.output.progress('releasing');
          const report = await app
            .get(ActsService)
            .release(order === undefined ? { all: true } : { orderId: order }, {
              ...options,
              signal: context.signal,
              onProgress: ({ looked, total }) => progress.at(looked, total, counted(looked, 'sale')),
            })
            .finally(() => progress.end());
          if (report.aborted) throw new CliInterruptedError();
          return {
            data: { ...report, dryRun: options.dryRun === true },
            lines: linesOf(report, options.dryRun === true, context.output.width),
            exitCode: report.kept.length > 0 ? EXIT.bad : EXIT.fine,
          };
        });
      }),
    );
};

function linesOf({ released, kept, moreKept }: ReleaseReport, dryRun: boolean, width: number): string[] {
  const did = dryRun ? 'would be released' : 'released. The running app sends them, or nestjs-impact drain';
  return [
    ...wrap(`${counted(released, 'sale')} ${did}.`, width),
    ...(kept.length === 0 ? [] : [`${counted(kept.length + moreKept, 'sale')} kept:`]),
    ...kept.flatMap(({ orderId, why }) => wrap(plain(`- ${orderId}: ${why}`), width, 2)),
    ...(moreKept === 0 ? [] : [`- and ${moreKept} more`]),
  ];
}
