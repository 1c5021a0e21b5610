import { type ImpactDatabase, run, type Script } from '../database/index.js';
import type { Stamp } from './ledger.types.js';

/** What one process of an account does at a time, or what has a place of its own to go on from. */
export type LeaseScope = 'walk' | 'events' | 'metrics' | 'retention';

const OF = `account = ? AND environment = ? AND scope = ?`;

/** Sees to it that the scope has a row; one that is there stays as it is. */
export function* storeScope(
  database: Pick<ImpactDatabase, 'dialect'>,
  { account, environment }: Stamp,
  scope: LeaseScope,
  positions: object = {},
): Script<void> {
  const row = {
    account,
    environment,
    scope,
    paused_until: 0,
    paused_since: 0,
    reason: '',
    failures: 0,
    window_started_at: 0,
    window_calls: 0,
    positions: JSON.stringify(positions),
    paused_spans: '[]',
  };
  yield* run(
    database.dialect.insertIgnore({
      table: 'impact_accounts',
      columns: Object.keys(row),
      conflict: ['account', 'environment', 'scope'],
    }),
    Object.values(row),
  );
}

/** `false` while another process holds the scope. @param duration milliseconds. */
export function* takeLease(
  database: Pick<ImpactDatabase, 'now'>,
  { account, environment }: Stamp,
  scope: LeaseScope,
  token: string,
  duration: number,
): Script<boolean> {
  const now = database.now();
  const { affected } = yield* run(
    `UPDATE impact_accounts SET lease_token = ?, lease_until = ${now} + ${Math.trunc(duration)} ` +
      `WHERE ${OF} AND (lease_until IS NULL OR lease_until <= ${now})`,
    [token, account, environment, scope],
  );
  return affected > 0;
}
