import { Inject, Injectable } from '@nestjs/common';
import {
  date,
  fitting,
  IMPACT_DATABASE,
  type ImpactDatabase,
  integer,
  integerOrNull,
  json,
  newId,
  placeholders,
  type Row,
  run,
  type Script,
  text,
  textOrNull,
} from '../database/index.js';
import { AccountGate, type Pause, type Probe } from './account.gate.js';
import type { ClaimedDelivery, ClaimResult, DeliveryOutcome } from './delivery.types.js';
import type { Stamp } from './ledger.types.js';
import { statesBefore } from './states.rules.js';
import { tell } from './story.statements.js';

/** How long the one probe through a gate that is ajar keeps others out. */
const PROBE_TIME = 60_000;

/**
 * The calls to make: claimed under a lease, finished with the same token.
 *
 * - A claim moves `due_at` to the end of the lease. A process that dies leaves a row that becomes due by itself.
 * - A claim also writes down that an attempt may be under way: after a crash the outcome counts as unknown
 *   without anybody having to notice the crash.
 * - Within a sale the order is strict: a call waits for every earlier call of the same sale.
 * - Rows of another account or environment are never claimed.
 */
@Injectable()
export class DeliveryLedger {
  constructor(
    @Inject(IMPACT_DATABASE) private readonly database: ImpactDatabase,
    private readonly gate: AccountGate,
  ) {}

  claim(stamp: Stamp, wanted: number, lease: number, perHour: number): Promise<ClaimResult> {
    return this.database.write(() => this.#claim(stamp, wanted, lease, perHour));
  }

  /** Calls of this stamp that are still to be made. */
  async waiting(stamp: Stamp): Promise<number> {
    return this.database.read(function* () {
      const { rows } = yield* run(
        `SELECT count(*) AS waiting FROM impact_deliveries WHERE account = ? AND environment = ? AND due_at IS NOT NULL`,
        [stamp.account, stamp.environment],
      );
      return integer(rows[0]!, 'waiting');
    });
  }

  /** Milliseconds until the next row is due; null when none waits. */
  async nextDueIn(stamp: Stamp): Promise<number | null> {
    const self = this;
    return this.database.read(function* () {
      const { rows } = yield* run(
        `SELECT min(due_at) - ${self.database.now()} AS due_in FROM impact_deliveries ` +
          `WHERE account = ? AND environment = ? AND due_at IS NOT NULL`,
        [stamp.account, stamp.environment],
      );
      return integerOrNull(rows[0]!, 'due_in');
    });
  }

  /** Writes what became of the calls; an outcome whose lease was lost changes nothing but the story. */
  async finish(
    stamp: Stamp,
    outcomes: readonly { delivery: ClaimedDelivery; outcome: DeliveryOutcome }[],
    verdictAfter: number,
  ): Promise<void> {
    const self = this;
    await this.database.write(function* () {
      for (const { delivery, outcome } of outcomes) {
        yield* self.#finishOne(stamp, delivery, outcome, verdictAfter);
      }
    });
  }

  *#claim(stamp: Stamp, wanted: number, lease: number, perHour: number): Script<ClaimResult> {
    // Locked before any row, here and wherever an outcome moves the gate, so that nobody waits crosswise.
    const pauses = yield* this.gate.pauses(stamp, { lock: true });
    const { rows: clock } = yield* run(`SELECT ${this.database.now()} AS now`);
    const now = integer(clock[0]!, 'now');
    const shut = pauses.filter((pause) => pause.until > now);
    const nothing = { claimed: [], pauses };
    if (shut.some((pause) => pause.scope === 'all')) return nothing;
    const kinds = (['sale', 'correction'] as const).filter(
      (kind) => !shut.some((pause) => pause.scope === (kind === 'sale' ? 'sales' : 'corrections')),
    );
    if (kinds.length === 0) return nothing;

    const ajar = pauses.filter((pause) => pause.until <= now && pause.scope !== 'reads');
    const limit = ajar.length > 0 ? 1 : wanted;
    const { rows: due } = yield* run(
      `SELECT d.id FROM impact_deliveries d WHERE d.account = ? AND d.environment = ? AND d.due_at <= ${this.database.now()} ` +
        `AND d.kind IN (${placeholders(kinds.length)}) ` +
        `AND NOT EXISTS (SELECT 1 FROM impact_deliveries e WHERE e.conversion = d.conversion AND e.sequence < d.sequence AND e.due_at IS NOT NULL) ` +
        `ORDER BY d.priority, d.due_at LIMIT ${Math.trunc(limit)}${this.database.dialect.skipLocked}`,
      [stamp.account, stamp.environment, ...kinds],
    );
    if (due.length === 0) return nothing;
    const allowed = yield* this.gate.take(stamp, due.length, perHour);
    if (allowed === 0) return nothing;
    const probes = ajar.map(({ scope }): Probe => ({ scope, until: now + PROBE_TIME }));
    for (const probe of probes) yield* this.gate.hold(stamp, probe);

    const ids = due.slice(0, allowed).map((row) => text(row, 'id'));
    const token = newId();
    // Read before the claim changes it: what an outcome that is known restores.
    const { rows } = yield* run(
      `SELECT d.id, d.conversion, d.kind, d.attempts, d.unknown_since, ` +
        `d.recorded_at, d.paused_for, ${this.database.now()} - d.unknown_since AS unknown_for, ` +
        `c.wire_order_id, c.request, c.event_at FROM impact_deliveries d ` +
        `JOIN impact_conversions c ON c.id = d.conversion WHERE d.id IN (${placeholders(ids.length)}) ORDER BY d.priority, d.due_at`,
      ids,
    );
    yield* run(
      `UPDATE impact_deliveries SET lease_token = ?, attempts = attempts + 1, ` +
        `first_attempt_at = COALESCE(first_attempt_at, ${this.database.now()}), ` +
        `unknown_since = COALESCE(unknown_since, ${this.database.now()}), due_at = ${this.database.now()} + ${Math.trunc(lease)} ` +
        `WHERE id IN (${placeholders(ids.length)})`,
      [token, ...ids],
    );
    return { claimed: rows.map((row) => claimedOf(row, token, now, ajar, probes)), pauses };
  }

  *#finishOne(
    stamp: Stamp,
    delivery: ClaimedDelivery,
    outcome: DeliveryOutcome,
    verdictAfter: number,
  ): Script<void> {
    const { pause, reached } = outcome;
    const movesGate = (pause !== undefined && pause !== null) || delivery.probes.length > 0;
    if (movesGate) yield* this.gate.pauses(stamp, { lock: true });
    const held = yield* this.#writeOutcome(delivery, outcome);
    if (!held) {
      yield* this.#tellLate(delivery, outcome);
      return;
    }
    if (reached === null) yield* this.gate.giveBack(stamp, 1);
    for (const probe of delivery.probes) {
      if (reached === null) yield* this.gate.leaveAjar(stamp, probe);
      else if (reached.includes(probe.scope)) yield* this.gate.resume(stamp, probe);
    }
    if (outcome.searched !== undefined) {
      yield* tell(this.database, delivery.conversion, 'search-first', { result: outcome.searched });
    }
    switch (outcome.is) {
      case 'sent':
        yield* this.#sent(delivery, outcome, verdictAfter);
        break;
      case 'found':
        yield* this.#markSent(delivery, { submissionId: null, actionId: outcome.actionId }, 0);
        break;
      case 'parked':
        yield* this.#park(delivery, outcome);
        break;
      case 'retry':
        yield* tell(this.database, delivery.conversion, 'attempt-failed', {
          attempt: delivery.attempts + 1,
          reason: outcome.reason,
          mayHaveArrived: outcome.unknown,
          nextInMs: Math.round(outcome.after),
        });
        break;
    }
    if (pause !== undefined && pause !== null) {
      const probe = delivery.probes.find(({ scope }) => scope === pause.scope);
      yield* this.gate.pause(stamp, pause.scope, pause.for, pause.reason, probe);
    }
  }

  *#writeOutcome(delivery: ClaimedDelivery, outcome: DeliveryOutcome): Script<boolean> {
    const now = this.database.now();
    const before = delivery.unknownFor === null ? 'NULL' : `unknown_since`;
    const sets: Record<DeliveryOutcome['is'], string> = {
      sent: `due_at = NULL, unknown_since = ${before}, finished_at = ${now}`,
      found: `due_at = NULL, unknown_since = ${before}, finished_at = ${now}`,
      parked: `due_at = NULL, unknown_since = ${before}, finished_at = ${now}`,
      retry:
        outcome.is === 'retry'
          ? `due_at = ${now} + ${Math.trunc(outcome.after)}, unknown_since = ${outcome.unknown ? 'unknown_since' : before}`
          : '',
    };
    const { affected } = yield* run(
      `UPDATE impact_deliveries SET lease_token = NULL, outcome = ?, ${sets[outcome.is]} WHERE id = ? AND lease_token = ?`,
      [outcome.is, delivery.id, delivery.token],
    );
    return affected > 0;
  }

  *#sent(
    delivery: ClaimedDelivery,
    outcome: Extract<DeliveryOutcome, { is: 'sent' }>,
    verdictAfter: number,
  ): Script<void> {
    yield* this.#markSent(delivery, outcome, verdictAfter);
    yield* tell(this.database, delivery.conversion, 'sent', {
      attempt: delivery.attempts + 1,
      submissionId: outcome.submissionId,
      ...(outcome.actionId === null ? {} : { actionId: outcome.actionId }),
    });
  }

  *#markSent(
    delivery: ClaimedDelivery,
    { submissionId, actionId }: { submissionId: string | null; actionId: string | null },
    verdictAfter: number,
  ): Script<void> {
    const from = statesBefore('SENT');
    yield* run(
      `UPDATE impact_conversions SET state = 'SENT', sent_at = ${this.database.now()}, submission_id = ?, ` +
        `action_id = COALESCE(?, action_id), problems = '[]', verdict_due_at = ${this.database.now()} + ${Math.trunc(verdictAfter)} ` +
        `WHERE id = ? AND state IN (${placeholders(from.length)})`,
      [fitting(submissionId, 128), fitting(actionId, 64), delivery.conversion, ...from],
    );
  }

  *#park(delivery: ClaimedDelivery, outcome: Extract<DeliveryOutcome, { is: 'parked' }>): Script<void> {
    const from = statesBefore('UNDELIVERABLE');
    yield* run(
      `UPDATE impact_conversions SET state = 'UNDELIVERABLE', problems = ? WHERE id = ? AND state IN (${placeholders(from.length)})`,
      [JSON.stringify([outcome.reason, ...outcome.problems]), delivery.conversion, ...from],
    );
    yield* tell(this.database, delivery.conversion, 'refused', {
      attempt: delivery.attempts + 1,
      reason: outcome.reason,
      problems: outcome.problems,
    });
  }

  /** The lease was lost meanwhile: no state changes, but what the vendor said is part of the story. */
  *#tellLate(delivery: ClaimedDelivery, outcome: DeliveryOutcome): Script<void> {
    yield* tell(this.database, delivery.conversion, 'late-answer', {
      attempt: delivery.attempts + 1,
      outcome: outcome.is,
      ...('submissionId' in outcome ? { submissionId: outcome.submissionId } : {}),
      ...('reason' in outcome ? { reason: outcome.reason } : {}),
    });
  }
}

/** Milliseconds that a row has waited; a pause that ends with this very claim is not credited yet. */
function ageOf(row: Row, now: number, ajar: readonly Pause[]): number {
  const recordedAt = integer(row, 'recorded_at');
  const held = Math.max(0, ...ajar.map(({ since }) => now - Math.max(since, recordedAt)));
  return now - recordedAt - integer(row, 'paused_for') - held;
}

const claimedOf = (
  row: Row,
  token: string,
  now: number,
  ajar: readonly Pause[],
  probes: readonly Probe[],
): ClaimedDelivery => ({
  id: text(row, 'id'),
  token,
  conversion: text(row, 'conversion'),
  wireOrderId: text(row, 'wire_order_id'),
  kind: text(row, 'kind') as ClaimedDelivery['kind'],
  request: json(row, 'request') as ClaimedDelivery['request'],
  attempts: integer(row, 'attempts'),
  age: ageOf(row, now, ajar),
  unknownFor: textOrNull(row, 'unknown_since') === null ? null : integer(row, 'unknown_for'),
  eventAt: date(row, 'event_at'),
  probes,
});
