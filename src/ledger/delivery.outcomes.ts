import {
  fitting,
  type ImpactDatabase,
  padded,
  placeholders,
  type RecordsetColumns,
  run,
  type Script,
  text,
} from '../database/index.js';
import type { AccountGate } from './account.gate.js';
import type { ClaimedDelivery, DeliveryOutcome, FinishedDelivery, Release } from './delivery.types.js';
import { lineOf } from './outcome.lines.js';
import type { CorrectionState, Stamp } from './ledger.types.js';
import { type ConversionState, statesBefore } from './states.rules.js';

const OUTCOME_COLUMNS: RecordsetColumns = {
  o_order: 'integer',
  o_id: 'key',
  o_token: 'key',
  o_conversion: 'key',
  o_outcome: 'text',
  o_after: 'integer',
  o_keep_unknown: 'integer',
  o_undo: 'integer',
  o_first: 'integer',
  o_state: 'text',
  o_correction: 'text',
  o_submission: 'text',
  o_action: 'text',
  o_verdict: 'integer',
  o_problems: 'text',
  o_searched: 'text',
  o_what: 'text',
  o_data: 'text',
};

/**
 * The statements that write what became of calls.
 *
 * Each batch changes its deliveries, their sales and the story together, and only where the lease is still
 * held: an outcome that comes too late adds a line to the story and changes nothing else. Where a query can
 * write, a batch is one statement; elsewhere four in a transaction.
 */
export class DeliveryOutcomes {
  constructor(
    private readonly database: ImpactDatabase,
    private readonly gate: AccountGate,
  ) {}

  async finish(stamp: Stamp, batch: readonly FinishedDelivery[], verdictAfter: number): Promise<void> {
    // Together: rows that go back must not be seen before the pause that sent them back.
    if (batch.some(movesGate)) {
      await this.database.write(() => this.#finishAtGate(stamp, batch, verdictAfter));
    } else if (this.database.dialect.writesInQueries) {
      await this.#finishInOne(batch, verdictAfter);
    } else {
      await this.database.write(() => this.#finishInSteps(batch, verdictAfter));
    }
  }

  async #finishInOne(batch: readonly FinishedDelivery[], verdictAfter: number): Promise<void> {
    await this.database.statement(
      // The limit tells the planner how few there are, or it would read through tables of ten thousand rows.
      `WITH o AS MATERIALIZED (SELECT * FROM ${this.database.dialect.recordset('given', OUTCOME_COLUMNS)} LIMIT ?), ` +
        `held AS (${this.#changeDeliveries('o')} RETURNING o.*), moved AS (${this.#changeSales('held')}), ` +
        (batch.some(isOfCorrection) ? `corrected AS (${this.#changeCorrections('held')}), ` : '') +
        `judged AS (SELECT o.*, EXISTS (SELECT 1 FROM held WHERE held.o_order = o.o_order) AS in_time FROM o) ` +
        this.#tell({ from: 'judged', inTime: 'in_time' }),
      [outcomesAsJson(batch, verdictAfter), batch.length],
      { often: true },
    );
  }

  /** @returns those whose lease was still held. */
  *#finishInSteps(
    batch: readonly FinishedDelivery[],
    verdictAfter: number,
  ): Script<readonly FinishedDelivery[]> {
    const { dialect } = this.database;
    const ids = padded(batch.map(({ delivery }) => delivery.id));
    const { rows } = yield* run(
      `SELECT id, lease_token FROM impact_deliveries WHERE id IN (${placeholders(ids.length)}) ` +
        `AND lease_token IS NOT NULL${dialect.lockRow}`,
      ids,
    );
    const tokens = new Map(rows.map((row) => [text(row, 'id'), text(row, 'lease_token')]));
    const isHeld = ({ delivery }: FinishedDelivery): boolean => tokens.get(delivery.id) === delivery.token;
    const held = batch.filter(isHeld);
    if (held.length > 0) {
      const o = dialect.recordset('o', OUTCOME_COLUMNS);
      yield* run(this.#changeDeliveries(o), [outcomesAsJson(held, verdictAfter)]);
      const sales = held.filter((one) => saleStateAfter(one) !== null);
      if (sales.length > 0) yield* run(this.#changeSales(o), [outcomesAsJson(sales, verdictAfter)]);
      const corrections = held.filter((one) => correctionStateAfter(one) !== null);
      if (corrections.length > 0) {
        yield* run(this.#changeCorrections(o), [outcomesAsJson(corrections, verdictAfter)]);
      }
    }
    yield* this.#tellAll(
      batch.filter((one) => !isHeld(one)),
      '1 = 0',
    );
    yield* this.#tellAll(held, '1 = 1');
    return held;
  }

  *#tellAll(batch: readonly FinishedDelivery[], inTime: string): Script<void> {
    const lines = batch.filter(hasStory);
    if (lines.length === 0) return;
    const from = this.database.dialect.recordset('o', OUTCOME_COLUMNS);
    const json = outcomesAsJson(lines, 0);
    yield* run(this.#tell({ from, inTime }), [json, json]);
  }

  *#finishAtGate(stamp: Stamp, batch: readonly FinishedDelivery[], verdictAfter: number): Script<void> {
    yield* this.gate.pauses(stamp, { lock: true });
    const timely = yield* this.#finishInSteps(batch, verdictAfter);
    for (const { delivery, outcome } of timely) {
      for (const probe of delivery.probes) {
        if (outcome.reached === null) yield* this.gate.leaveAjar(stamp, probe);
        else if (outcome.reached.includes(probe.scope)) yield* this.gate.resume(stamp, probe);
      }
      const pause = pauseOf(outcome);
      if (pause === null) continue;
      const probe = delivery.probes.find(({ scope }) => scope === pause.scope);
      yield* this.gate.pause(stamp, pause.scope, pause.for, pause.reason, probe);
    }
  }

  /**
   * What a search said comes before what was done then. An outcome that came too late is told as such: the
   * vendor's answer is part of the story, whoever heard it.
   */
  #tell({ from, inTime }: { from: string; inTime: string }): string {
    return (
      `INSERT INTO impact_story (conversion, at, what, data) SELECT conversion, ${this.database.now()}, what, data FROM (` +
      `SELECT o_conversion AS conversion, 'search-first' AS what, o_searched AS data, 2 * o_order AS place ` +
      `FROM ${from} WHERE o_searched IS NOT NULL AND ${inTime} UNION ALL ` +
      `SELECT o_conversion, CASE WHEN ${inTime} THEN o_what ELSE 'late-answer' END, o_data, 2 * o_order + 1 ` +
      `FROM ${from} WHERE o_data IS NOT NULL) AS told ORDER BY place`
    );
  }

  #changeDeliveries(outcomes: string): string {
    const now = this.database.now();
    return this.database.dialect.updateFrom(
      'impact_deliveries',
      outcomes,
      'impact_deliveries.id = o_id AND impact_deliveries.lease_token = o_token',
      {
        lease_token: 'NULL',
        outcome: 'COALESCE(o_outcome, outcome)',
        due_at: `${now} + o_after`,
        unknown_since: 'CASE WHEN o_keep_unknown = 1 THEN unknown_since END',
        attempts: 'attempts - o_undo',
        first_attempt_at: 'CASE WHEN o_first = 1 THEN NULL ELSE first_attempt_at END',
        finished_at: `CASE WHEN o_after IS NULL THEN ${now} END`,
      },
    );
  }

  /** What was sent is looked at in its time; what was refused at once, for the sake of those that wait behind it. */
  #changeCorrections(outcomes: string): string {
    const now = this.database.now();
    return this.database.dialect.updateFrom(
      'impact_corrections',
      outcomes,
      `impact_corrections.id = o_id AND impact_corrections.state = 'queued' AND o_correction IS NOT NULL`,
      {
        state: 'o_correction',
        submission_id: 'o_submission',
        sent_at: `CASE WHEN o_correction = 'sent' THEN ${now} ELSE sent_at END`,
        problems: 'o_problems',
        looks: '0',
        due_at: `CASE WHEN o_correction = 'sent' THEN ${now} + o_verdict ELSE ${now} END`,
      },
    );
  }

  #changeSales(outcomes: string): string {
    const now = this.database.now();
    const from = (state: ConversionState): string =>
      `WHEN '${state}' THEN impact_conversions.state IN ('${statesBefore(state).join(`', '`)}')`;
    return this.database.dialect.updateFrom(
      'impact_conversions',
      outcomes,
      // A CASE, so that no index of states is read through in the place of the key.
      `impact_conversions.id = o_conversion AND CASE o_state ${from('SENT')} ${from('UNDELIVERABLE')} END`,
      {
        state: 'o_state',
        sent_at: `CASE WHEN o_state = 'SENT' THEN ${now} ELSE sent_at END`,
        submission_id: `CASE WHEN o_state = 'SENT' THEN o_submission ELSE submission_id END`,
        action_id: 'COALESCE(o_action, action_id)',
        problems: 'o_problems',
        verdict_due_at: `CASE WHEN o_verdict IS NULL THEN verdict_due_at ELSE ${now} + o_verdict END`,
      },
    );
  }
}

type AnyOutcome = DeliveryOutcome | Release;

const isOfCorrection = ({ delivery }: FinishedDelivery): boolean => delivery.kind !== 'sale';

const pauseOf = (outcome: AnyOutcome) => ('pause' in outcome ? (outcome.pause ?? null) : null);

const movesGate = ({ delivery, outcome }: FinishedDelivery): boolean =>
  pauseOf(outcome) !== null || delivery.probes.length > 0;

function saleStateAfter(finished: FinishedDelivery): ConversionState | null {
  const { is } = finished.outcome;
  if (isOfCorrection(finished)) return null;
  if (is === 'sent' || is === 'found') return 'SENT';
  return is === 'parked' ? 'UNDELIVERABLE' : null;
}

function correctionStateAfter(finished: FinishedDelivery): CorrectionState | null {
  const { is } = finished.outcome;
  if (!isOfCorrection(finished)) return null;
  if (is === 'sent') return 'sent';
  return is === 'parked' ? 'refused' : null;
}

function outcomesAsJson(batch: readonly FinishedDelivery[], verdictAfter: number): string {
  return JSON.stringify(batch.map((one, index) => outcomeRow(one, index, verdictAfter)));
}

/** What is undefined is left out and read as NULL: JSON's own null is not the same thing everywhere. */
function outcomeRow(
  finished: FinishedDelivery,
  index: number,
  verdictAfter: number,
): Record<string, unknown> {
  const { delivery, outcome } = finished;
  const noCall = outcome.reached === null;
  const mayHaveArrived = outcome.is === 'retry' && outcome.unknown;
  return {
    o_order: index,
    o_id: delivery.id,
    o_token: delivery.token,
    o_conversion: delivery.conversion,
    o_outcome: outcome.is === 'released' ? undefined : outcome.is,
    o_after: 'after' in outcome ? Math.trunc(outcome.after) : undefined,
    o_keep_unknown: delivery.unknownFor !== null || mayHaveArrived ? 1 : 0,
    o_undo: noCall ? 1 : 0,
    o_first: noCall && delivery.attempts === 0 && delivery.unknownFor === null ? 1 : 0,
    o_state: saleStateAfter(finished) ?? undefined,
    o_correction: correctionStateAfter(finished) ?? undefined,
    ...resultColumns(outcome, verdictAfter),
    ...(outcome.is === 'released' ? {} : storyColumns(delivery, outcome)),
  };
}

function resultColumns(outcome: AnyOutcome, verdictAfter: number): Record<string, unknown> {
  switch (outcome.is) {
    case 'sent':
      return {
        o_submission: fitting(outcome.submissionId, 128) ?? undefined,
        o_action: fitting(outcome.actionId, 64) ?? undefined,
        o_verdict: Math.trunc(verdictAfter),
        o_problems: '[]',
      };
    case 'found':
      return { o_action: fitting(outcome.actionId, 64) ?? undefined, o_verdict: 0, o_problems: '[]' };
    case 'parked':
      return { o_problems: JSON.stringify([outcome.reason, ...outcome.problems]) };
    default:
      return {};
  }
}

function storyColumns(delivery: ClaimedDelivery, outcome: DeliveryOutcome): Record<string, unknown> {
  const line = lineOf(delivery, outcome);
  return {
    ...(outcome.searched === undefined ? {} : { o_searched: JSON.stringify({ result: outcome.searched }) }),
    ...(line === null ? {} : { o_what: line.what, o_data: JSON.stringify(line.data) }),
  };
}

const hasStory = ({ delivery, outcome }: FinishedDelivery): boolean =>
  outcome.is !== 'released' && (outcome.searched !== undefined || lineOf(delivery, outcome) !== null);
