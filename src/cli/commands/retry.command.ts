import { type ActedBy, ActsService } from '../../operations/index.js';
import type { CommandRegistration } from '../command.context.js';
import { byOption, whyOption } from '../option.readers.js';

interface RetryOptions extends ActedBy {
  readonly correction?: string;
}

/** `retry`: what was refused is tried once more, because somebody has mended the cause. */
export const retryCommand: CommandRegistration = (program, context) => {
  program
    .command('retry')
    .summary('makes a refused sale or correction due again')
    .description(
      'Makes a sale due again that impact.com has refused, or that grew too old unsent.\n' +
        'Nothing is called here: the running app, or nestjs-impact drain, sends it.',
    )
    .argument('<order>', 'order id, as it was recorded')
    .option('--correction <key>', 'not the sale, but this correction of it')
    .addOption(byOption())
    .addOption(whyOption())
    .action(
      context.does(async (order: string, { correction, by, why }: RetryOptions) =>
        context.withApp(async (app) => {
          const acts = app.get(ActsService);
          if (correction === undefined) await acts.retry(order, { by, why });
          else await acts.retryCorrection(order, correction, { by, why });
          return {
            data: { order, correction: correction ?? null, due: true },
            lines: ['It is due again. The running app sends it, or nestjs-impact drain.'],
          };
        }),
      ),
    );
};
