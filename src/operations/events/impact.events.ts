import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../../config/index.js';
import { IMPACT_DATABASE, type ImpactDatabase } from '../../database/index.js';
import { atMost, BackgroundLoop } from '../../ledger/index.js';
import { EVENT_NAMES, eventOf } from './event.rules.js';
import type { ImpactEvent, ImpactEventHandler, ImpactEventName } from './event.types.js';
import { StoryTail } from './story.tail.js';
import type { PauseChange } from './tail.rules.js';

/** As much of EventEmitter2 as is used. */
interface Emitter {
  listeners(event: string): readonly unknown[];
  emitAsync(event: string, payload: unknown): Promise<unknown>;
}

type AnyHandler = (payload: never) => unknown;

/** Milliseconds between two looks. */
const LOOK_EVERY = 5_000;
/** Milliseconds that a handler is waited for before the next event is told. */
const PATIENCE = 10_000;

/**
 * Tells the app what became of its sales, by name: to handlers of its own, and to the app's event emitter
 * where `EventEmitterModule` is imported.
 *
 * - An event is told after its change was committed, in the order of the changes, by one process.
 * - While nobody listens nothing is read.
 * - A handler that fails is logged with the event's name and harms nothing; the event is not told again.
 * - A process that dies while it tells leaves events that are told again, with the same `id`.
 */
@Injectable()
export class ImpactEvents implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger('ImpactEvents');
  readonly #handlers = new Map<string, Set<AnyHandler>>();
  readonly #loop = new BackgroundLoop(() => this.#turn());
  readonly #tail: StoryTail;
  #emitter: Emitter | null = null;

  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    @Inject(IMPACT_DATABASE) database: ImpactDatabase,
    private readonly moduleRef: ModuleRef,
  ) {
    const { accountSid: account, environment } = options;
    this.#tail = new StoryTail(database, { account, environment }, 'events', {
      line: async (line) => {
        const event = eventOf(line);
        if (event !== null) await this.#tell(event);
      },
      pause: async (change, seenAt) => this.#tell(eventOfPause(change, seenAt)),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    this.#emitter = await this.#find();
    // Whoever begins to listen now hears of everything that is committed from now on.
    if (this.#emitter !== null || this.#handlers.size > 0) await this.#begin();
    if (this.options.delivery.autoStart) this.#loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await atMost(this.options.delivery.shutdownTimeout, this.#loop.stop());
  }

  /**
   * Calls the handler with every event of this name from now on; after a restart also with those that nobody
   * was told of meanwhile, a day old at most.
   *
   * @returns what ends it.
   */
  on<Name extends ImpactEventName>(name: Name, handler: ImpactEventHandler<Name>): () => void {
    const handlers = this.#handlers.get(name) ?? new Set();
    this.#handlers.set(name, handlers.add(handler));
    void this.#begin();
    return () => {
      handlers.delete(handler);
    };
  }

  /**
   * Tells what has happened until now: for cron jobs, serverless functions and tests. Otherwise it is told
   * every few seconds, unless `delivery.autoStart` is off.
   *
   * @returns how many changes were read.
   */
  async deliver(): Promise<number> {
    return this.#isHeard() ? this.#tail.tell() : 0;
  }

  async #turn(): Promise<number> {
    try {
      if (this.#isHeard()) await this.#tail.tell(() => this.#loop.isStopping);
    } catch (error) {
      this.#logger.error(`Events could not be read, trying on: ${nameOf(error)}`);
    }
    return LOOK_EVERY;
  }

  #isHeard(): boolean {
    return EVENT_NAMES.some((name) => this.#hears(name));
  }

  #hears(name: string): boolean {
    return (this.#handlers.get(name)?.size ?? 0) > 0 || (this.#emitter?.listeners(name).length ?? 0) > 0;
  }

  async #tell({ name, payload }: ImpactEvent): Promise<void> {
    const work: Promise<unknown>[] = [];
    for (const handler of this.#handlers.get(name) ?? []) {
      work.push(this.#safely(name, async () => handler(payload as never)));
    }
    const emitter = this.#emitter;
    if (emitter !== null && emitter.listeners(name).length > 0) {
      work.push(this.#safely(name, async () => emitter.emitAsync(name, payload)));
    }
    if (work.length > 0) await atMost(PATIENCE, Promise.all(work));
  }

  async #safely(name: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#logger.error(`A handler of "${name}" failed: ${nameOf(error)}`);
    }
  }

  async #begin(): Promise<void> {
    try {
      await this.#tail.begin();
    } catch (error) {
      this.#logger.error(`Events cannot be read yet, trying on: ${nameOf(error)}`);
    }
  }

  async #find(): Promise<Emitter | null> {
    try {
      const { EventEmitter2 } = await import('@nestjs/event-emitter');
      const emitter: Emitter = this.moduleRef.get(EventEmitter2, { strict: false });
      return emitter;
    } catch {
      // An optional peer, which the app need not have.
      return null;
    }
  }
}

function eventOfPause(change: PauseChange, seenAt: number): ImpactEvent {
  const at = new Date(seenAt);
  if (change.is === 'resumed') {
    const { scope, since } = change;
    return {
      name: 'impact.account.resumed',
      payload: { id: `${scope}-${since}-resumed`, at, scope, since: new Date(since) },
    };
  }
  const { scope, since, reason } = change.pause;
  return {
    name: 'impact.account.paused',
    payload: { id: `${scope}-${since}-paused`, at, scope, since: new Date(since), reason },
  };
}

/** Messages can quote values. */
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);
