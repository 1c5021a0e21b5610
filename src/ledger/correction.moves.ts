import {
  fitting,
  type ImpactDatabase,
  padded,
  placeholders,
  type RecordsetColumns,
  run,
  type Script,
  type SqlValue,
  text,
} from '../database/index.js';
import type { CorrectionMove, CorrectionPicture, StoredCorrection } from './correction.row.js';
import type { Stamp, StoryEvent } from './ledger.types.js';
import { tellAll } from './story.statements.js';

interface Line {
  readonly conversion: string;
  readonly what: StoryEvent;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What was decided about the corrections of one sale. */
export interface MovesOfSale {
  readonly picture: Pick<CorrectionPicture, 'sale' | 'corrections'>;
  readonly moves: readonly CorrectionMove[];
}

type Queue = Extract<CorrectionMove, { is: 'queue' }>;

interface QueuedCall {
  readonly sale: string;
  readonly move: Queue;
  readonly sequence: number;
}

/**
 * Writes what was decided about the corrections of sales. Each changes only from the state that it was
 * decided in; an outcome of a call that came meanwhile is never overwritten.
 */
export function* writeMoves(
  database: ImpactDatabase,
  stamp: Stamp,
  sales: readonly MovesOfSale[],
): Script<void> {
  const lines: Line[] = [];
  const calls: QueuedCall[] = [];
  const quiet: QuietMove[] = [];
  for (const { picture, moves } of sales) {
    const sale = picture.sale?.id ?? null;
    let sequence = Math.max(0, ...picture.corrections.map((one) => one.sequence ?? 0));
    for (const move of moves) {
      if (isQuiet(move)) {
        quiet.push({ ...move, sale });
        continue;
      }
      const own = move.correction.sequence;
      const place = own ?? sequence + 1;
      const taken = move.is !== 'refused';
      const columns = {
        ...columnsOf(move),
        ...(taken ? { sequence: place } : {}),
        ...(sale === null ? {} : { conversion: sale }),
      };
      if (!(yield* change(move.correction, columns))) continue;
      if (taken && own === null) sequence = place;
      if (sale === null) continue;
      if (move.is === 'queue') calls.push({ sale, move, sequence: place });
      lines.push(...linesOf(move).map((line) => ({ conversion: sale, ...line })));
    }
  }
  yield* putOff(database, quiet);
  yield* queue(database, stamp, calls);
  yield* tellAll(database, lines);
}

/** Nothing is told of them, and nothing depends on them: written together. */
type QuietMove = Extract<CorrectionMove, { is: 'wait' | 'clear' }> & { readonly sale: string | null };

const isQuiet = (move: CorrectionMove): move is Extract<CorrectionMove, { is: 'wait' | 'clear' }> =>
  move.is === 'wait' || move.is === 'clear';

const QUIET_COLUMNS: RecordsetColumns = {
  q_id: 'key',
  q_state: 'key',
  q_again: 'integer',
  q_sale: 'key',
  q_plan: 'text',
};

function* putOff(database: ImpactDatabase, moves: readonly QuietMove[]): Script<void> {
  if (moves.length === 0) return;
  const rows = moves.map((move) => ({
    q_id: move.correction.id,
    q_state: move.correction.state,
    ...(move.sale === null ? {} : { q_sale: move.sale }),
    ...(move.is === 'wait' ? { q_again: Math.trunc(move.again) } : {}),
    ...(move.is === 'wait' && move.plan !== undefined ? { q_plan: JSON.stringify(move.plan) } : {}),
  }));
  yield* run(
    database.dialect.updateFrom(
      'impact_corrections',
      database.dialect.recordset('q', QUIET_COLUMNS),
      'impact_corrections.id = q_id AND impact_corrections.state = q_state',
      {
        // None is none: what waits for nothing is due no more.
        due_at: `${database.now()} + q_again`,
        conversion: 'COALESCE(q_sale, conversion)',
        absolute: 'COALESCE(q_plan, absolute)',
      },
    ),
    [JSON.stringify(rows)],
  );
}

function* change(
  { id, state }: StoredCorrection,
  columns: Readonly<Record<string, SqlValue>>,
): Script<boolean> {
  const sets = Object.keys(columns).map((name) => `, ${name} = ?`);
  const { affected } = yield* run(
    `UPDATE impact_corrections SET due_at = NULL${sets.join('')} WHERE id = ? AND state = ?`,
    [...Object.values(columns), id, state],
  );
  return affected > 0;
}

function columnsOf(move: Exclude<CorrectionMove, { is: 'wait' | 'clear' }>): Record<string, SqlValue> {
  switch (move.is) {
    case 'queue':
      return {
        state: 'queued',
        absolute: JSON.stringify(move.plan),
        action_id: move.plan.actionId,
        submission_id: null,
        sent_at: null,
        looks: 0,
      };
    case 'confirmed':
      return { state: 'confirmed', action_id: move.actionId };
    case 'nothing-to-correct':
      return { state: 'nothing-to-correct', action_id: move.actionId };
    case 'refused':
      return {
        state: 'refused',
        problems: JSON.stringify(move.problems),
        reason_codes: JSON.stringify(move.reasonCodes.map((code) => fitting(code, 255) ?? '')),
        ...(move.claim === null ? {} : { claim: JSON.stringify(move.claim) }),
        ...(move.actionId === null ? {} : { action_id: move.actionId }),
      };
  }
}

const CALL_COLUMNS: RecordsetColumns = {
  n_id: 'key',
  n_conversion: 'key',
  n_kind: 'text',
  n_priority: 'integer',
  n_request: 'text',
  n_sequence: 'integer',
};

/** The call of a correction has its id, and is made anew when a second one is needed. */
function* queue(database: ImpactDatabase, stamp: Stamp, calls: readonly QueuedCall[]): Script<void> {
  if (calls.length === 0) return;
  const now = database.now();
  const recordset = database.dialect.recordset('n', CALL_COLUMNS);
  const rowsOf = (some: readonly QueuedCall[]): string =>
    JSON.stringify(
      some.map(({ sale, sequence, move: { correction, kind, priority, request } }) => ({
        n_id: correction.id,
        n_conversion: sale,
        n_kind: kind,
        n_priority: priority,
        n_request: JSON.stringify(request),
        n_sequence: sequence,
      })),
    );
  const ids = padded(calls.map(({ move }) => move.correction.id));
  const found = yield* run(`SELECT id FROM impact_deliveries WHERE id IN (${placeholders(ids.length)})`, ids);
  const known = new Set(found.rows.map((row) => text(row, 'id')));
  const again = calls.filter(({ move }) => known.has(move.correction.id));
  if (again.length > 0) {
    yield* run(
      database.dialect.updateFrom('impact_deliveries', recordset, 'impact_deliveries.id = n_id', {
        kind: 'n_kind',
        priority: 'n_priority',
        request: 'n_request',
        due_at: now,
        recorded_at: now,
        attempts: '0',
        first_attempt_at: 'NULL',
        unknown_since: 'NULL',
        lease_token: 'NULL',
        outcome: 'NULL',
        finished_at: 'NULL',
      }),
      [rowsOf(again)],
    );
  }
  const fresh = calls.filter(({ move }) => !known.has(move.correction.id));
  if (fresh.length > 0) {
    yield* run(
      `INSERT INTO impact_deliveries (id, conversion, account, environment, kind, priority, request, sequence, due_at, attempts, recorded_at) ` +
        `SELECT n_id, n_conversion, ?, ?, n_kind, n_priority, n_request, n_sequence, ${now}, 0, ${now} FROM ${recordset}`,
      [stamp.account, stamp.environment, rowsOf(fresh)],
    );
  }
  const actions = padded(calls.map(({ move }) => move.plan.actionId));
  yield* run(
    `UPDATE impact_actions SET modifications = modifications + 1 WHERE account = ? AND environment = ? ` +
      `AND action_id IN (${placeholders(actions.length)})`,
    [stamp.account, stamp.environment, ...actions],
  );
}

function linesOf(move: Exclude<CorrectionMove, { is: 'wait' | 'clear' }>): Omit<Line, 'conversion'>[] {
  const { key } = move.correction;
  switch (move.is) {
    case 'queue': {
      const { amount, currency, gone, actionId, form } = move.plan;
      return [
        {
          what: 'correction-queued',
          data: { key, actionId, form, amount, currency, gone, notes: move.notes },
        },
      ];
    }
    case 'confirmed': {
      const { actionId, amount, currency, state, called, notes } = move;
      return [
        { what: 'correction-confirmed', data: { key, actionId, amount, currency, state, called, notes } },
      ];
    }
    case 'nothing-to-correct':
      return [{ what: 'nothing-to-correct', data: { key, why: move.why } }];
    case 'refused': {
      const { problems, reasonCodes, claim } = move;
      if (claim === null) return [{ what: 'correction-refused', data: { key, problems, reasonCodes } }];
      return [
        { what: 'correction-refused', data: { key, problems, reasonCodes } },
        { what: 'claim-opened', data: { key, ...claim } },
      ];
    }
  }
}
