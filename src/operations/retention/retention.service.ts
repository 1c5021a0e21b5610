import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ClickIdRepository } from '../../clicks/index.js';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../../config/index.js';
import { IMPACT_DATABASE, type ImpactDatabase } from '../../database/index.js';
import { atMost, BackgroundLoop } from '../../ledger/index.js';
import { ERASED_AT_ONCE, PersonEraser } from '../privacy/index.js';
import { HOUR, planPurge, type PurgeWalk, walked, walkFrom } from './purge.rules.js';
import { PAGE, type PurgeLease, RetentionLedger, takes } from './retention.ledger.js';
import {
  NOTHING_PURGED,
  NOWHERE,
  type PurgeKind,
  type PurgeOptions,
  type PurgePositions,
  type PurgeSummary,
} from './retention.types.js';

/** What starts has other things to do first. */
const FIRST_LOOK = 600_000;
const KINDS: readonly PurgeKind[] = ['customerData', 'deliveries'];

type Counts = Omit<PurgeSummary, 'done'>;

/**
 * Lets go by the clock: of clicks that can earn nothing any more, of what settled sales know of their customers,
 * and of the rows of calls that were made.
 *
 * - Once an hour, by one process of an account, in short transactions. While nothing has come of age: one
 *   statement an hour.
 * - Nothing of a sale that is not settled is touched, nor of one with an open correction or claim.
 * - The sales themselves stay: money, click, verdict, and the story of what became of them.
 */
@Injectable()
export class RetentionService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger('ImpactRetention');
  readonly #outside = AsyncLocalStorage.snapshot();
  readonly #loop = new BackgroundLoop(() => this.#turn());
  readonly #ledger: RetentionLedger;
  readonly #eraser: PersonEraser;
  #begun = false;
  /** Where this process believes the purges to be: what it asks first. */
  #known: PurgePositions = NOWHERE;

  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    @Inject(IMPACT_DATABASE) private readonly database: ImpactDatabase,
    @Inject(ClickIdRepository) private readonly clicks: ClickIdRepository,
  ) {
    const { accountSid: account, environment, retention } = options;
    this.#ledger = new RetentionLedger(database, { account, environment });
    this.#eraser = new PersonEraser(database, new Set(retention.keptFields));
  }

  onApplicationBootstrap(): void {
    if (this.options.delivery.autoStart) this.#loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await atMost(this.options.delivery.shutdownTimeout, this.#loop.stop());
  }

  /**
   * Purges now whatever has come of age: for cron and serverless apps, which have no loop
   * (`delivery.autoStart: false`), and for a person.
   *
   * @param options.dryRun counts what would go.
   */
  async purge({ dryRun = false }: PurgeOptions = {}): Promise<PurgeSummary> {
    return this.#outside(() => (dryRun ? this.#count() : this.#purge(true, () => false)));
  }

  async #turn(): Promise<number> {
    if (!this.#begun) {
      this.#begun = true;
      return FIRST_LOOK;
    }
    try {
      const outlook = await this.#ledger.outlook(this.#known, this.#later());
      this.#known = outlook.positions;
      const plan = planPurge(outlook, this.options.retention);
      if (plan.is === 'wait') return plan.for;
      await this.#purge(plan.deep, () => this.#loop.isStopping);
    } catch (error) {
      this.#logger.error(`A purge failed, trying on: ${error instanceof Error ? error.name : typeof error}`);
    }
    return HOUR;
  }

  async #purge(deep: boolean, isStopping: () => boolean): Promise<PurgeSummary> {
    const lease = await this.#ledger.acquire();
    if (lease === null) return { ...NOTHING_PURGED, done: false };
    let summary = NOTHING_PURGED;
    let positions = lease.positions;
    let ended = true;
    try {
      for (const kind of KINDS) {
        const walk = this.#walk(kind, positions, deep, lease.now);
        for await (const { ids, position } of walk) {
          summary = await this.#take(kind, ids, lease, summary);
          positions = { ...positions, [kind]: position };
          ended = (await this.#ledger.store(lease, positions)) && !isStopping();
          if (!ended) break;
        }
        if (!ended) break;
      }
      if (ended) {
        summary = add(summary, await this.#purgeClicks(lease));
        const { now } = lease;
        const { clicks, heldClicks } = this.#later();
        positions = { ...positions, clicks: now - clicks, heldClicks: now - heldClicks, ranAt: now };
        if (deep) positions = { ...positions, deepAt: now };
      }
    } finally {
      await this.#ledger.store(lease, positions, true);
      this.#known = positions;
    }
    return summary;
  }

  async #count(): Promise<PurgeSummary> {
    const { clicks, customerData } = this.options.retention;
    const { now, positions } = await this.#ledger.outlook(NOWHERE, this.#later());
    let summary = NOTHING_PURGED;
    for (const kind of KINDS) {
      for await (const { ids } of this.#walk(kind, positions, true, now)) {
        if (kind === 'customerData') summary = add(summary, { customers: ids.length });
        else if (ids.length > 0) {
          const cutoff = now - this.options.retention.deliveries;
          summary = add(summary, await this.database.read(() => this.#ledger.countCalls(ids, cutoff)));
        }
      }
    }
    const held = Math.max(clicks, customerData);
    const counted = await this.database.read(() =>
      this.#ledger.countClicks(now, { clicks, held }, this.options.eventType),
    );
    return add(summary, counted);
  }

  /** The sales whose time has come, a page at a time. */
  async *#walk(
    kind: PurgeKind,
    positions: PurgePositions,
    deep: boolean,
    now: number,
  ): AsyncGenerator<{ ids: string[]; position: PurgePositions[PurgeKind] }> {
    const cutoff = now - this.options.retention[kind];
    let walk: PurgeWalk = walkFrom(positions[kind], deep);
    for (let ended = false; !ended;) {
      const page = await this.#ledger.page(walk);
      const young = page.findIndex(({ recordedAt }) => recordedAt > cutoff);
      const aged = young < 0 ? page : page.slice(0, young);
      ended = young >= 0 || page.length < PAGE;
      const judged = aged.map((sale) => ({ id: sale.id, is: takes(kind, sale, cutoff) }));
      walk = walked(
        walk,
        judged.map(({ id, is }) => ({ id, left: is === 'leave' })),
        ended,
      );
      yield { ids: judged.flatMap(({ id, is }) => (is === 'take' ? [id] : [])), position: walk.position };
      // SQLite answers at once: others have to get their turn.
      await setImmediate();
    }
  }

  async #take(
    kind: PurgeKind,
    ids: readonly string[],
    { now }: PurgeLease,
    summary: PurgeSummary,
  ): Promise<PurgeSummary> {
    let total = summary;
    for (let at = 0; at < ids.length; at += ERASED_AT_ONCE) {
      const batch = ids.slice(at, at + ERASED_AT_ONCE);
      if (kind === 'customerData') {
        const { conversions } = await this.database.write(() =>
          this.#eraser.erase(batch, { retention: true }),
        );
        total = add(total, { customers: conversions });
      } else {
        const cutoff = now - this.options.retention.deliveries;
        total = add(total, await this.database.write(() => this.#ledger.forgetCalls(batch, cutoff)));
      }
    }
    return total;
  }

  async #purgeClicks({ now }: PurgeLease): Promise<Partial<Counts>> {
    const { clicks: kept, customerData } = this.options.retention;
    let clickLinks = 0;
    for (let affected = -1; affected !== 0;) {
      affected = await this.database.write(() => this.#ledger.forgetTies(now, kept));
      clickLinks += affected;
      await setImmediate();
    }
    let clicks = await this.clicks.purgeExpired(new Date(now));
    for (let more = true; more;) {
      const held = await this.database.write(() =>
        this.#ledger.forgetHeldClicks(now, Math.max(kept, customerData), this.options.eventType),
      );
      clicks += held.clicks;
      ({ more } = held);
      await setImmediate();
    }
    return { clicks, clickLinks };
  }

  /** From a click's expiry to its end, in milliseconds: it may be kept for longer than it can earn a sale. */
  #later(): { readonly clicks: number; readonly heldClicks: number } {
    const { retention, capture } = this.options;
    const clicks = Math.max(0, retention.clicks - capture.referralWindow);
    return {
      clicks,
      heldClicks: Math.max(clicks, retention.customerData - capture.referralWindow),
    };
  }
}

const add = (summary: PurgeSummary, more: Partial<Counts>): PurgeSummary => ({
  done: summary.done,
  clicks: summary.clicks + (more.clicks ?? 0),
  clickLinks: summary.clickLinks + (more.clickLinks ?? 0),
  customers: summary.customers + (more.customers ?? 0),
  deliveries: summary.deliveries + (more.deliveries ?? 0),
  story: summary.story + (more.story ?? 0),
});
