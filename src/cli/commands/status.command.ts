import type { HealthReport, OverviewPauses, OverviewStatus } from '../../operations/index.js';
import { HealthService, OverviewService } from '../../operations/index.js';
import type { CommandRegistration } from '../command.context.js';
import { EXIT } from '../exit.codes.js';
import { counted, minute, pairs, span, wrap } from '../layout.rules.js';
import type { Output } from '../output.js';

/** `status`: how the reporting of sales fares, in one look. Ends with 1 when sales do not reach impact.com. */
export const statusCommand: CommandRegistration = (program, context) => {
  program
    .command('status')
    .summary('counts, backlog, pauses, when verdicts were read')
    .description('How the reporting of sales fares. Reads the database alone; ends with 1 when it is down.')
    .action(
      context.does(async () =>
        context.withApp(async (app) => {
          const overview = app.get(OverviewService);
          const status = await overview.status();
          const pauses = await overview.pauses();
          const health = await app.get(HealthService).check();
          return {
            data: { ...status, ...pauses, health: { status: health.status, problems: health.problems } },
            lines: linesOf(status, pauses, health, context.output),
            exitCode: health.status === 'down' ? EXIT.bad : EXIT.fine,
          };
        }),
      ),
    );
};

const COLOUR = { up: 'green', degraded: 'yellow', down: 'red' } as const;

function linesOf(
  { mode, environment, checkedAt, states, backlog, walkedAt }: OverviewStatus,
  { budget }: OverviewPauses,
  health: HealthReport,
  output: Output,
): string[] {
  const waiting = backlog.sales + backlog.corrections;
  const oldest = backlog.oldestAge === null ? '' : `, the oldest for ${span(backlog.oldestAge)}`;
  return [
    `${output.paint(COLOUR[health.status], health.status)}  ${mode} in "${environment}", ${minute(checkedAt)} UTC`,
    ...health.problems.flatMap(({ words }) => wrap(`! ${words}`, output.width, 2)),
    '',
    ...pairs(
      [
        [
          'to send',
          waiting === 0
            ? 'nothing'
            : `${counted(backlog.sales, 'sale')}, ${counted(backlog.corrections, 'correction')}${oldest}`,
        ],
        ['calls left', `${budget.left} of ${budget.perHour} this hour`],
        ['verdicts read', walkedAt === null ? 'never' : `${minute(walkedAt)} UTC`],
        ['open claims', String(health.openClaims)],
      ],
      output.width,
    ),
    '',
    ...statesOf(states),
  ];
}

function statesOf(states: OverviewStatus['states']): string[] {
  const present = Object.entries(states).filter(([, count]) => count > 0);
  if (present.length === 0) return ['No sale is recorded for this account and environment.'];
  const widest = Math.max(...present.map(([, count]) => String(count).length));
  return present.map(([state, count]) => `${String(count).padStart(widest)}  ${state}`);
}
