import { Inject, Injectable } from '@nestjs/common';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../config/index.js';
import {
  fitting,
  IMPACT_DATABASE,
  type ImpactDatabase,
  integer,
  run,
  type Script,
} from '../database/index.js';
import {
  changeOf,
  isActionState,
  isLate,
  isSame,
  lookAgainAt,
  merged,
  type SaleChange,
  type StoredAction,
} from './action.rules.js';
import {
  actionsOf,
  conversionsOf,
  type KnownAction,
  type OrderSpace,
  type SaleOfActions,
  salesById,
  salesByOrder,
} from './action.statements.js';
import { finishFound, showActions, type ShownSale, storeActions, wakeCorrections } from './action.writes.js';
import type { ActionSource, AppliedActions, SeenAction } from './action.types.js';
import { withoutOwnChanges } from './own.changes.js';
import { tellAll } from './story.statements.js';

/** Actions per write: bounds its statements, and how long SQLite keeps the process busy. */
const CHUNK = 400;

/** A sale and what was seen of its actions. */
interface Sighting {
  readonly sale: SaleOfActions;
  readonly seen: readonly SeenAction[];
}

/** Who told it, and when it was true. */
interface Telling {
  readonly source: ActionSource;
  readonly readAt: number;
}

/** What a sighting comes to. */
interface Move extends SaleChange {
  readonly sale: SaleOfActions;
  readonly stored: readonly { readonly action: StoredAction; readonly isNew: boolean }[];
  /** What was told has been overtaken: the vendor has to be asked what is true. */
  readonly overtaken: boolean;
}

/**
 * The actions of recorded orders, and what they make of the sales.
 *
 * - An action is matched by its id, else by its order id. Actions of other orders are not kept.
 * - Every action of an order is kept; the sale shows the one that counts.
 * - The same facts twice change nothing: what is read again and again is compared without a write.
 * - A sale that was thought unsent is found to have arrived, and is not sent again.
 * - Corrections that wait for a sale whose actions change are woken.
 */
@Injectable()
export class ActionLedger {
  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    @Inject(IMPACT_DATABASE) private readonly database: ImpactDatabase,
  ) {}

  /**
   * Takes over what a source tells of actions.
   *
   * @param readAt when the source was asked, in epoch milliseconds by the database's clock: what the ledger has
   * learned of an action since then is newer, and the sale is looked at again instead.
   */
  async apply(
    actions: readonly SeenAction[],
    source: ActionSource,
    readAt = Number.POSITIVE_INFINITY,
  ): Promise<AppliedActions> {
    const chunks = chunked(actions.filter((action) => this.#isOurs(action)));
    let matched = 0;
    let changed = 0;
    for (const chunk of chunks) {
      const sightings = await this.database.read(() => this.#sightings(chunk));
      matched += sightings.reduce((sum, { seen }) => sum + seen.length, 0);
      changed += (await this.#moveAll(sightings, { source, readAt })).size;
    }
    return { matched, changed };
  }

  /**
   * Makes sales show the actions that are known of them already: those that were told of before the sale was sent.
   *
   * @returns ids of the sales that show something else now.
   */
  async reconsider(saleIds: readonly string[]): Promise<Set<string>> {
    if (saleIds.length === 0) return new Set();
    const sales = await this.database.read(() => salesById(this.database, this.#space(), saleIds));
    return this.#moveAll(
      sales.map((sale) => ({ sale, seen: [] })),
      { source: 'walk', readAt: Number.POSITIVE_INFINITY },
    );
  }

  async #moveAll(sightings: readonly Sighting[], told: Telling): Promise<Set<string>> {
    if (sightings.length === 0) return new Set();
    const likely = await this.database.read(() => this.#moves(sightings, told));
    if (likely.length === 0) return new Set();
    const seenOf = new Map(sightings.map(({ sale, seen }) => [sale.id, seen]));
    const self = this;
    const moves = await this.database.write(function* () {
      // What was only compared so far may have changed meanwhile: decided again behind the lock.
      const ids = likely.map(({ sale }) => sale.id);
      const sales = yield* salesById(self.database, self.#space(), ids, { lock: true });
      const decided = yield* self.#moves(
        sales.map((sale) => ({ sale, seen: seenOf.get(sale.id) ?? [] })),
        told,
      );
      yield* self.#write(decided);
      return decided;
    });
    return new Set(moves.map(({ sale }) => sale.id));
  }

  *#sightings(actions: readonly SeenAction[]): Script<Sighting[]> {
    const saleOfAction = yield* conversionsOf(
      this.#space(),
      actions.map(({ actionId }) => actionId),
    );
    const unknown = actions.filter(({ actionId }) => !saleOfAction.has(actionId));
    const orders = new Set(
      unknown.map(({ orderId }) => orderId).filter((id) => id !== undefined && id !== null),
    );
    const byOrder = yield* salesByOrder(this.database, this.#space(), [...orders]);
    const found = new Set(byOrder.map(({ id }) => id));
    const others = new Set([...saleOfAction.values()].filter((id) => !found.has(id)));
    const byId = yield* salesById(this.database, this.#space(), [...others]);
    const sales = new Map([...byOrder, ...byId].map((sale) => [sale.id, sale]));
    const idOfOrder = new Map(byOrder.map((sale) => [sale.wireOrderId, sale.id]));
    const seen = new Map<string, SeenAction[]>();
    for (const action of actions) {
      const id = saleOfAction.get(action.actionId) ?? idOfOrder.get(action.orderId ?? '');
      if (id === undefined || !sales.has(id)) continue;
      const ofSale = seen.get(id);
      if (ofSale === undefined) seen.set(id, [action]);
      else ofSale.push(action);
    }
    return [...seen].map(([id, ofSale]) => ({ sale: sales.get(id)!, seen: ofSale }));
  }

  /** Those sightings that change something. */
  *#moves(sightings: readonly Sighting[], told: Telling): Script<Move[]> {
    const known = yield* actionsOf(sightings.map(({ sale }) => sale.id));
    return sightings
      .map(({ sale, seen }) => moveOf(sale, known.get(sale.id) ?? [], seen, told))
      .filter((move) => isMove(move));
  }

  *#write(moves: readonly Move[]): Script<void> {
    if (moves.length === 0) return;
    const { rows } = yield* run(`SELECT ${this.database.now()} AS now`);
    const now = integer(rows[0]!, 'now');
    yield* storeActions(
      this.database,
      this.#space(),
      moves.flatMap(({ sale, stored }) => stored.map((one) => ({ conversion: sale.id, ...one }))),
    );
    const shown = moves.map((move) => shownAfter(move, now)).filter((sale) => sale !== null);
    yield* showActions(this.database, shown);
    yield* finishFound(
      this.database,
      moves.filter((move) => isFound(move)).map(({ sale }) => sale.id),
    );
    yield* wakeCorrections(
      this.database,
      this.#space(),
      moves
        .filter(({ stored, facts }) => stored.length > 0 || facts !== null)
        .map(({ sale }) => sale.orderId),
    );
    yield* this.#hasten(moves.filter(({ overtaken }) => overtaken).map(({ sale }) => sale.id));
    const lines = moves.flatMap(({ sale, lines: ofSale }) => ofSale.map((line) => ({ sale, ...line })));
    const foreign = yield* withoutOwnChanges(this.#space(), lines);
    yield* tellAll(
      this.database,
      foreign.map(({ sale, what, data }) => ({ conversion: sale.id, what, data })),
    );
  }

  *#hasten(saleIds: readonly string[]): Script<void> {
    for (const id of saleIds) {
      yield* run(
        `UPDATE impact_conversions SET verdict_due_at = ${this.database.now()} ` +
          `WHERE id = ? AND state IN ('SENT', 'CREDITED', 'APPROVED', 'REVERSED')`,
        [id],
      );
    }
  }

  /** Order ids are unique per event type only (docs/vendor-contract.md §7.3). */
  #isOurs({ actionId, campaignId, eventTypeId }: SeenAction): boolean {
    const { options } = this;
    return (
      fitting(actionId, 64) === actionId &&
      (campaignId === undefined || campaignId === null || campaignId === options.campaignId) &&
      (eventTypeId === undefined || eventTypeId === null || eventTypeId === options.eventTypeId)
    );
  }

  #space(): OrderSpace {
    const { accountSid, environment, program, eventType } = this.options;
    return { account: accountSid, environment, program, eventType };
  }
}

/** The actions of one order stay together: half of them would tell another story. */
function chunked(actions: readonly SeenAction[]): SeenAction[][] {
  const byOrder = new Map<string, SeenAction[]>();
  for (const action of actions) {
    const key = action.orderId ?? `\0${action.actionId}`;
    const group = byOrder.get(key);
    if (group === undefined) byOrder.set(key, [action]);
    else group.push(action);
  }
  const chunks: SeenAction[][] = [[]];
  for (const group of byOrder.values()) {
    if (chunks.at(-1)!.length > 0 && chunks.at(-1)!.length + group.length > CHUNK) chunks.push([]);
    chunks.at(-1)!.push(...group);
  }
  return chunks.filter((chunk) => chunk.length > 0);
}

function moveOf(
  sale: SaleOfActions,
  known: readonly KnownAction[],
  seen: readonly SeenAction[],
  { source, readAt }: Telling,
): Move {
  const before = known.map(({ action }) => action);
  const old = new Map(known.map((one) => [one.action.actionId, one]));
  const after = new Map(before.map((action) => [action.actionId, action]));
  let overtaken = false;
  for (const action of seen) {
    const stored = after.get(action.actionId) ?? null;
    const next = merged(stored, action, source);
    if (stored !== null && (old.get(action.actionId)?.changedAt ?? 0) > readAt) {
      overtaken ||= !isSame(stored, next);
      continue;
    }
    overtaken ||= stored !== null && isLate(stored, action, source);
    after.set(action.actionId, next);
  }
  const stored = [...after.values()]
    .filter((action) => {
      const was = old.get(action.actionId);
      return was === undefined || !isSame(was.action, action);
    })
    .map((action) => ({ action, isNew: !old.has(action.actionId) }));
  return { sale, stored, overtaken, ...changeOf(sale, before, [...after.values()]) };
}

const isMove = (move: Move): boolean =>
  move.stored.length > 0 || move.facts !== null || move.lines.length > 0 || move.overtaken || isFound(move);

/** It has arrived, whatever its delivery thinks. */
const isFound = ({ sale, facts }: Move): boolean =>
  sale.open && sale.attempted && (facts !== null || isActionState(sale.state));

function shownAfter({ sale, facts, moved }: Move, now: number): ShownSale | null {
  if (facts === null) return null;
  const lockingAt = facts.lockingDate?.getTime() ?? null;
  return {
    id: sale.id,
    state: facts.state,
    actionId: facts.actionId,
    amount: facts.amount,
    currency: facts.currency,
    partnerId: facts.partnerId,
    payout: facts.payout,
    lockingAt,
    clearedAt: facts.clearedAt?.getTime() ?? null,
    dueAt: moved ? lookAgainAt(facts.state, lockingAt, 0, now) : sale.dueAt,
    looks: moved ? 0 : sale.looks,
  };
}
