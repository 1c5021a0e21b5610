import { RetentionService } from '../../operations/index.js';
import type { CommandRegistration } from '../command.context.js';
import { pairs } from '../layout.rules.js';
import { CliUsageError } from '../cli.errors.js';

interface PurgeCommandOptions {
  readonly dryRun?: boolean;
  readonly defaultRetention?: boolean;
}

/** `purge`: what the running app does once an hour. */
export const purgeCommand: CommandRegistration = (program, context) => {
  program
    .command('purge')
    .summary('deletes what was kept long enough')
    .description('Deletes what was kept for as long as the retention options say (docs/privacy.md).')
    .option('--dry-run', 'count, and change nothing')
    .option('--default-retention', 'without --module: the app has no retention options in its code')
    .action(
      context.does(async ({ dryRun = false, defaultRetention = false }: PurgeCommandOptions) => {
        // Options in the app's code may keep things longer: nothing may go because we do not know them.
        if (!dryRun && !defaultRetention && context.where().by !== 'module') {
          throw new CliUsageError(
            'How long things are kept is in the code of the app, which nobody has named. Give --module, or --default-retention when it has no retention and no capture.referralWindow.',
          );
        }
        return context.withApp(async (app) => {
          const summary = await app.get(RetentionService).purge({ dryRun });
          if (!summary.done) {
            return {
              data: { ...summary, dryRun },
              lines: ['Another process purges at this moment: nothing was done here.'],
            };
          }
          return {
            data: { ...summary, dryRun },
            lines: [
              dryRun ? 'Would be deleted:' : 'Deleted:',
              ...pairs(
                [
                  ['clicks', String(summary.clicks)],
                  ['ties to clicks', String(summary.clickLinks)],
                  ['customers of sales', String(summary.customers)],
                  ['calls that were made', String(summary.deliveries)],
                  ['lines of story', String(summary.story)],
                ],
                context.output.width,
              ),
            ],
          };
        });
      }),
    );
};
