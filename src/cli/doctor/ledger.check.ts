import { dateOrNull, type ImpactDatabase, run, text } from '../../database/index.js';
import { AccountGate, type Stamp } from '../../ledger/index.js';
import { HealthService, OverviewService } from '../../operations/index.js';
import type { CliApp } from '../app.opener.js';
import { counted, minute, span } from '../layout.rules.js';
import type { Proofs } from './account.check.js';
import { bad, type Finding, good, warning } from './finding.js';

/** What waits in the tables, and whether it moves. */
export async function lookAtLedger(app: CliApp): Promise<Finding[]> {
  const status = await app.get(OverviewService).status();
  const health = await app.get(HealthService).check();
  const { backlog, states, walkedAt } = status;
  const waiting = backlog.sales + backlog.corrections;
  const troubles = health.problems.map(({ status: how, words }): Finding => {
    const [says = '', ...rest] = words.split(/(?<=[.:]) /);
    const fix = rest.join(' ') || 'See nestjs-impact status.';
    return (how === 'down' ? bad : warning)('backlog', says.replace(/[.:]$/, ''), fix);
  });
  const unread = states.SENT > 0 && walkedAt === null;
  return [
    ...troubles,
    ...(troubles.length > 0
      ? []
      : [
          good(
            'backlog',
            waiting === 0
              ? 'nothing waits'
              : `${counted(waiting, 'call')} to make, the oldest for ${span(backlog.oldestAge ?? 0)}`,
          ),
        ]),
    ...(unread
      ? [
          warning(
            'verdicts',
            `${counted(states.SENT, 'sale')} sent, and actions were never read`,
            'Start the app, or run nestjs-impact drain.',
          ),
        ]
      : walkedAt === null
        ? []
        : [good('verdicts', `actions were read at ${minute(walkedAt)} UTC`)]),
    ...(status.mode === 'live' && states.DRY_RUN > 0
      ? [
          warning(
            'dry run',
            `${counted(states.DRY_RUN, 'sale')} of the dry run stay unsent`,
            'Send them with nestjs-impact release, or leave them.',
          ),
        ]
      : []),
    ...(await strangers(app)),
  ];
}

/** Calls of another account or environment are never made from here: a copied database, or a changed setting. */
async function strangers({ database, options }: CliApp): Promise<Finding[]> {
  const { rows } = await database.read(() =>
    run(`SELECT DISTINCT account, environment FROM impact_deliveries WHERE due_at IS NOT NULL`),
  );
  const others = rows.filter(
    (row) => text(row, 'account') !== options.accountSid || text(row, 'environment') !== options.environment,
  );
  if (others.length === 0) return [];
  const names = [...new Set(others.map((row) => `"${text(row, 'environment')}"`))].join(', ');
  return [
    warning(
      'environment',
      `calls that were recorded in ${names} for this or another account wait here, and are never made from "${options.environment}"`,
      'Set IMPACT_ENVIRONMENT and IMPACT_ACCOUNT_SID as the app has them; in a copy of another database leave it so.',
    ),
  ];
}

/** Which writes this account has taken already. */
export async function proofsOf(database: ImpactDatabase, { account, environment }: Stamp): Promise<Proofs> {
  return database.read(function* () {
    const sale = yield* run(
      `SELECT max(sent_at) AS at FROM impact_conversions WHERE account = ? AND environment = ?`,
      [account, environment],
    );
    const correction = yield* run(
      `SELECT max(sent_at) AS at FROM impact_corrections WHERE account = ? AND environment = ?`,
      [account, environment],
    );
    return { sale: dateOrNull(sale.rows[0]!, 'at'), correction: dateOrNull(correction.rows[0]!, 'at') };
  });
}

/** The doctor's calls count like all others. */
export async function payFor(calls: number, { get, database, options }: CliApp): Promise<void> {
  if (calls === 0) return;
  const stamp = { account: options.accountSid, environment: options.environment };
  const gate = get(AccountGate);
  await database.write(() => gate.take(stamp, calls, options.delivery.maxRequestsPerHour));
}
