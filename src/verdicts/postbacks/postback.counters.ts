import { Injectable } from '@nestjs/common';

/** Why a notification was turned away or set aside. */
export type PostbackIgnored =
  /** Another program's, or another event type's: answered 200. */
  | 'foreign-program'
  | 'foreign-event-type'
  /** Of an order that this ledger does not have: answered 200. */
  | 'unknown-order'
  /** Overtaken by what is known already; left to the next walk: answered 200. */
  | 'overtaken'
  /** Without an action id or a status: answered 400. */
  | 'unusable'
  /** A body that cannot be read: answered 400. */
  | 'unreadable'
  /** Answered 413. */
  | 'too-large'
  /** Answered 403. */
  | 'wrong-secret'
  | 'foreign-source';

export interface PostbackCounts {
  /** Calls of the endpoint. */
  readonly received: number;
  /** Applied to a sale; repetitions that changed nothing are among them. */
  readonly applied: number;
  /** Could not be stored, answered 503. */
  readonly failed: number;
  readonly ignored: Readonly<Partial<Record<PostbackIgnored, number>>>;
}

/** What came in as event notifications since the process started. */
@Injectable()
export class PostbackCounters {
  #received = 0;
  #applied = 0;
  #failed = 0;
  readonly #ignored = new Map<PostbackIgnored, number>();

  received(): void {
    this.#received += 1;
  }

  applied(): void {
    this.#applied += 1;
  }

  failed(): void {
    this.#failed += 1;
  }

  ignored(reason: PostbackIgnored): void {
    this.#ignored.set(reason, (this.#ignored.get(reason) ?? 0) + 1);
  }

  read(): PostbackCounts {
    return {
      received: this.#received,
      applied: this.#applied,
      failed: this.#failed,
      ignored: Object.fromEntries(this.#ignored),
    };
  }
}
