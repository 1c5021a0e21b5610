import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../config/index.js';
import {
  IMPACT_DATABASE,
  type ImpactDatabase,
  newest,
  readElsewhere,
  type Script,
  StaleSnapshotError,
  unlessStale,
} from '../database/index.js';
import { attribute } from './attribution.rules.js';
import { ClickBuffer } from './click.buffer.js';
import { ConsentMissingError, InvalidClickIdError, UnknownClickError } from './click.errors.js';
import { type ClickReading, readClicks } from './click.reading.js';
import { isClickId } from './click-id.rules.js';
import type {
  CapturedClick,
  Click,
  ClickCandidate,
  ClickCandidates,
  ClickSubject,
  RequestClick,
} from './click.model.js';
import { ClickScripts, type StoredClick, toCandidate, type UnwrittenClick } from './click.scripts.js';
import { readableLinks, subjectLinks } from './click-subject.rules.js';
import { ImpactRequestContext } from './request.context.js';

export interface ClickOptions {
  /** The transaction to join, as handed out by `dataSource.transaction()`. Default: a write of the module's own. */
  readonly manager?: EntityManager;
}

/** What a sale is asked about its clicks. */
export interface CandidateQuery extends ClickSubject {
  /** A click id that the caller named. */
  readonly clickId?: string | null;
}

/** How long a write without a manager waits for the app's transaction on SQLite's only connection. */
const PATIENCE_MS = 5_000;

/** Keeps visitors' clicks and what they are tied to. */
@Injectable()
export class ClickIdRepository {
  readonly #logger = new Logger('ImpactClicks');
  readonly #scripts: ClickScripts;

  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    @Inject(IMPACT_DATABASE) private readonly database: ImpactDatabase,
    @Inject(ClickBuffer) private readonly buffer: ClickBuffer,
    @Inject(ImpactRequestContext) private readonly context: ImpactRequestContext,
  ) {
    this.#scripts = new ClickScripts(database, options.program, options.capture.referralWindow);
  }

  /**
   * Ties this request's click to an order, a customer or a subscription: at checkout, at sign-in.
   *
   * Needs only the cookie. An order may be tied again until its sale is recorded; the last tie counts. A
   * subscription keeps its first.
   *
   * @returns the click; `null` outside a request, after its response, on a `@NotTheBuyer()` route, and when
   * the visitor did not come from a partner.
   * @throws InvalidSubjectError for no subject, an empty or too long id, or an e-mail address as customer.
   * @throws ForeignManagerError when the manager belongs to another data source.
   * @throws DatabaseBusyError without a manager, when a transaction keeps SQLite's connection for 5 seconds.
   */
  async bind(subject: ClickSubject, options: ClickOptions = {}): Promise<Click | null> {
    const links = subjectLinks(subject);
    const click = this.context.current();
    if (click === null) {
      if (this.context.hold().ended) {
        this.#logger.warn(
          "bind() was called after the response had ended, when its click is nobody's. Await it before answering.",
        );
      }
      return null;
    }
    const scripts = this.#scripts;
    const unwritten = this.#unwritten(click);
    const { click: stored } = await this.#stored(
      click.clickId,
      options,
      () => scripts.findOrAdd(unwritten),
      (row) => scripts.tie(row, links),
    );
    return stored;
  }

  /**
   * Ties a known click: for imports, and for apps that carry the click id themselves.
   *
   * @throws InvalidClickIdError, UnknownClickError and what {@link bind} throws.
   */
  async link(clickId: string, subject: ClickSubject, options: ClickOptions = {}): Promise<void> {
    const links = subjectLinks(subject);
    if (!isClickId(clickId)) throw new InvalidClickIdError();
    const waiting = this.buffer.peek(clickId);
    const scripts = this.#scripts;
    const known = () =>
      waiting === null
        ? newest(this.database.dialect, (suffix) => scripts.find(clickId, suffix))
        : scripts.findOrAdd(waiting);
    try {
      await this.#stored(clickId, options, known, (row) => scripts.tie(row, links));
    } catch (error) {
      // Neither here nor over another connection.
      if (error instanceof StaleSnapshotError && waiting === null) throw new UnknownClickError();
      throw error;
    }
  }

  /**
   * Stores a click that the shop captured by itself; one that is there already is renewed.
   *
   * @throws InvalidClickIdError
   * @throws ConsentMissingError when `consent` is given and is not `granted`: nobody who has not agreed has a row.
   */
  async remember(click: CapturedClick, options: ClickOptions = {}): Promise<Click> {
    if (!isClickId(click.clickId)) throw new InvalidClickIdError();
    const consent = click.consent ?? 'granted';
    if (consent !== 'granted') throw new ConsentMissingError();
    const capturedAt = (click.capturedAt ?? this.database.clock.now()).getTime();
    const unwritten: UnwrittenClick = {
      clickId: click.clickId,
      parameter: click.parameter ?? this.options.capture.parameters[0] ?? 'im_ref',
      firstSeenAt: capturedAt,
      lastSeenAt: capturedAt,
      landingPath: click.landingPath ?? null,
      partnerParameters: click.partnerParameters ?? null,
      consent,
    };
    const { click: stored } = await this.#stored(unwritten.clickId, options, () =>
      this.#scripts.renew(unwritten),
    );
    return stored;
  }

  /**
   * The click that a subject has: the order's last tie; else the subscription's first; else, of the
   * customer's clicks inside the referral window at `at`, the one that `capture.policy` picks.
   *
   * @param at default: now, by the database's clock.
   * @throws InvalidSubjectError
   */
  async findFor(subject: ClickSubject, at?: Date): Promise<Click | null> {
    const links = subjectLinks(subject);
    const scripts = this.#scripts;
    const { policy, referralWindow: window } = this.options.capture;
    return this.database.read(function* (): Script<Click | null> {
      for (const link of links) {
        const clicks = yield* scripts.tiedTo(link);
        if (link.kind !== 'customer') {
          if (clicks[0] !== undefined) return clicks[0];
          continue;
        }
        const { clickId } = attribute({
          candidates: { explicit: null, order: null, subscription: null, customer: clicks.map(toCandidate) },
          request: { click: null, notTheBuyer: false, ended: false },
          policy,
          window,
          at: at?.getTime() ?? (yield* scripts.now()),
        });
        return clicks.find((click) => click.clickId === clickId) ?? null;
      }
      return null;
    });
  }

  /**
   * Every stored click that may win a sale, as a script: the ledger runs it inside the sale's own
   * transaction. Reads only, and never throws for a subject: what cannot have been tied has no clicks. The
   * one statement tells about the transaction besides.
   */
  *readFor(
    query: CandidateQuery,
  ): Script<Pick<ClickReading, 'now' | 'strict'> & { readonly candidates: ClickCandidates }> {
    const { clickId, ...subject } = query;
    const named = isClickId(clickId) ? clickId : null;
    const { now, strict, explicit, tied } = yield* readClicks(
      { dialect: this.database.dialect, now: this.database.now() },
      this.options.program,
      readableLinks(subject),
      named,
    );
    const { order, subscription, customer } = tied;
    const candidates = { explicit, order: order[0] ?? null, subscription: subscription[0] ?? null, customer };
    return { now, strict, candidates };
  }

  /**
   * Ties the click that a sale was given to the sale's subscription, as a script: the ledger runs it inside
   * the sale's own transaction. Where the caller's snapshot hides the click's row, nothing is tied: the next
   * sale of the subscription finds the click in the ledger and ties it then.
   *
   * @param click times in epoch milliseconds by the database's clock.
   */
  *keepForSubscription(click: ClickCandidate, subscription: string): Script<void> {
    const links = readableLinks({ subscription });
    const [parameter = 'im_ref'] = this.options.capture.parameters;
    const told = { landingPath: null, partnerParameters: null, consent: 'granted' } as const;
    const unwritten = this.buffer.peek(click.clickId) ?? { ...click, ...told, parameter };
    const scripts = this.#scripts;
    yield* unlessStale(
      (function* (): Script<void> {
        yield* scripts.tie(yield* scripts.findOrAdd(unwritten), links);
      })(),
    );
  }

  /** The partner that a click's link named (`irpid`), as a script; null when that is not known. */
  *partnerOf(clickId: string): Script<string | null> {
    const waiting = this.buffer.peek(clickId);
    const told = waiting?.partnerParameters ?? (yield* this.#scripts.find(clickId))?.click.partnerParameters;
    return told?.['irpid'] ?? null;
  }

  /**
   * Deletes clicks past expiry and past `retention.clicks` that no order and no subscription holds.
   * `RetentionService` does it once an hour.
   *
   * @param now default: the database's clock.
   * @returns how many clicks were deleted.
   */
  async purgeExpired(now?: Date): Promise<number> {
    let total = 0;
    for (;;) {
      const { purged, more } = await this.database.write(() =>
        this.#scripts.purge(this.options.retention.clicks, now?.getTime()),
      );
      total += purged;
      if (!more) return total;
    }
  }

  /** A click still in the buffer with all that its landing told; else what the cookie knows. */
  #unwritten({ clickId, capturedAt, source }: RequestClick): UnwrittenClick {
    return (
      this.buffer.peek(clickId) ?? {
        clickId,
        parameter: source,
        firstSeenAt: capturedAt.getTime(),
        lastSeenAt: capturedAt.getTime(),
        landingPath: null,
        partnerParameters: null,
        consent: 'granted',
      }
    );
  }

  /** Finds or stores a click, and goes on with it in the same transaction. */
  async #stored(
    clickId: string,
    options: ClickOptions,
    store: () => Script<StoredClick>,
    then: (row: StoredClick) => Script<void> = nothingMore,
  ): Promise<StoredClick> {
    const goOn = (first: () => Script<StoredClick>) =>
      this.#write(options, function* () {
        const row = yield* first();
        yield* then(row);
        return row;
      });
    try {
      return await goOn(store);
    } catch (error) {
      if (!(error instanceof StaleSnapshotError)) throw error;
      // It was written after the snapshot of the caller's transaction was taken: only others can see it.
      const row = await readElsewhere(this.database, () => this.#scripts.find(clickId), error);
      // oxlint-disable-next-line require-yield -- a script that asks nothing
      return goOn(function* () {
        return row;
      });
    }
  }

  #write<T>({ manager }: ClickOptions, script: () => Script<T>): Promise<T> {
    return manager === undefined
      ? this.database.write(script, { patience: PATIENCE_MS })
      : this.database.within(manager, script);
  }
}

// oxlint-disable-next-line require-yield -- a script that asks nothing
function* nothingMore(): Script<void> {}
