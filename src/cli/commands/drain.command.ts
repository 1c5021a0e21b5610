import { DeliveryDispatcher } from '../../delivery/index.js';
import { DeliveryLedger } from '../../ledger/index.js';
import { PromoCodeService, VerdictService } from '../../verdicts/index.js';
import { parseDuration } from '../../config/index.js';
import type { CliApp } from '../app.opener.js';
import type { CommandRegistration } from '../command.context.js';
import { InvalidArgumentError } from 'commander';
import { EXIT } from '../exit.codes.js';
import { counted } from '../layout.rules.js';
import type { Progress } from '../progress.js';

interface DrainCommandOptions {
  readonly timeLimit?: number;
  readonly verdicts: boolean;
}

const LOOK_EVERY = 500;

/** `drain`: what the running app's loops do, once. For cron, and for apps that do not run all the time. */
export const drainCommand: CommandRegistration = (program, context) => {
  program
    .command('drain')
    .summary('sends what is due, looks verdicts up, and ends')
    .description(
      'SENDS what is due, looks verdicts up and moves corrections on, and ends: for cron.\n' +
        'Safe beside the running app. Ends with 1 when impact.com refused something.',
    )
    .option('--time-limit <duration>', 'begin no call after it, such as 50s', durationOf)
    .option('--no-verdicts', 'only send')
    .action(
      context.does(async ({ timeLimit, verdicts }: DrainCommandOptions) =>
        context.withApp(async (app) => {
          if (app.options.mode !== 'live') {
            const data = {
              mode: app.options.mode,
              sent: 0,
              retried: 0,
              parked: 0,
              waiting: 0,
              looked: 0,
              settled: 0,
            };
            return { data, lines: ['The mode is dry-run: nothing is sent. Set IMPACT_MODE=live to send.'] };
          }
          const dispatcher = app.get(DeliveryDispatcher);
          const stop = (): void => void dispatcher.stop();
          context.signal.addEventListener('abort', stop, { once: true });
          const progress = context.output.progress('sending');
          const told = await watched(app, progress, async () => {
            await app.get(PromoCodeService).refresh();
            return dispatcher.drain(timeLimit === undefined ? {} : { timeLimit });
          });
          context.signal.removeEventListener('abort', stop);
          context.throwIfInterrupted();
          const swept = verdicts ? await app.get(VerdictService).sweep() : { looked: 0, settled: 0 };
          // A pass may have made corrections due.
          const last = verdicts ? await dispatcher.drain(timeLimit === undefined ? {} : { timeLimit }) : null;
          const sum = {
            sent: told.sent + (last?.sent ?? 0),
            retried: told.retried + (last?.retried ?? 0),
            parked: told.parked + (last?.parked ?? 0),
            waiting: last?.waiting ?? told.waiting,
          };
          return {
            data: { mode: 'live', ...sum, looked: swept.looked, settled: swept.settled },
            lines: [
              `${sum.sent} sent, ${sum.retried} to be tried again, ${sum.parked} refused, ${sum.waiting} still to send`,
              ...(verdicts ? [`${counted(swept.looked, 'sale')} looked up, ${swept.settled} settled`] : []),
            ],
            exitCode: sum.parked > 0 ? EXIT.bad : EXIT.fine,
          };
        }),
      ),
    );
};

/** The dispatcher tells nobody how far it is: the rows that still wait do. */
async function watched<T>({ get, options }: CliApp, progress: Progress, work: () => Promise<T>): Promise<T> {
  const ledger = get(DeliveryLedger);
  const stamp = { account: options.accountSid, environment: options.environment };
  const total = await ledger.waiting(stamp);
  const look = async (): Promise<void> => {
    const left = await ledger.waiting(stamp);
    progress.at(Math.max(0, total - left), total, `${left} left`);
  };
  const timer = setInterval(() => void look().catch(() => {}), LOOK_EVERY);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    progress.end();
  }
}

function durationOf(text: string): number {
  try {
    return parseDuration(text, 'time-limit');
  } catch {
    throw new InvalidArgumentError("Write it like '50s' or '5m'.");
  }
}
