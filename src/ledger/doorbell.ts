import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { IMPACT_DATABASE, type ImpactDatabase } from '../database/index.js';

/** How long after a recording the commits on its data source ring: longer than any sane order transaction. */
const ARMED_FOR = 30_000;

/**
 * Says "there may be work now" inside one process. Losing a ring costs a poll interval and nothing else:
 * the ledger's due rows are the truth.
 *
 * Nobody tells us when the caller's own transaction commits, only that some transaction on its data source
 * did. So after a recording every commit rings for a while.
 */
@Injectable()
export class Doorbell implements OnModuleDestroy {
  readonly #listeners = new Set<() => void>();
  readonly #detach: () => void;
  #armedUntil = 0;

  constructor(@Inject(IMPACT_DATABASE) database: Pick<ImpactDatabase, 'onCommit'>) {
    this.#detach = database.onCommit(() => {
      if (performance.now() < this.#armedUntil) this.ring();
    });
  }

  ring(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Rings when the transaction that is open now has committed. */
  ringAfterCommit(): void {
    this.#armedUntil = performance.now() + ARMED_FOR;
  }

  /** Returns the unsubscriber. */
  onRing(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  onModuleDestroy(): void {
    this.#detach();
  }
}
