import type { GateScope, Pause } from './account.gate.js';
import type { WantedPause } from './delivery.types.js';

/** Where it is said. */
export interface Voice {
  error(message: string): void;
  warn(message: string): void;
  log(message: string): void;
}

/** Pauses that pass by themselves are mentioned when they have lasted for so many probes. */
const WORTH_MENTIONING = 4;
/** By then the outcome of a failed call is written, and a claim that sees no pause means that somebody opened it. */
const WRITTEN_AFTER = 60_000;

/**
 * Says once per process that something is paused and what to do about it, and once that it goes on: not with
 * every row that fails together, nor with every probe, however long it lasts.
 */
export class PauseAnnouncer {
  /** Monotonic milliseconds when it was said. */
  readonly #said = new Map<GateScope, number>();

  constructor(
    private readonly voice: Voice,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @param failures of this pause, this one included. */
  shut({ scope, reason, loud }: WantedPause & { readonly loud: boolean }, failures: number): void {
    if (this.#said.has(scope) || (!loud && failures < WORTH_MENTIONING)) return;
    this.#said.set(scope, this.now());
    const words = `${SUBJECT[scope]} paused. ${reason}`;
    if (loud) this.voice.error(words);
    else this.voice.warn(words);
  }

  /** A call has proven that these are possible again. */
  opened(scopes: readonly GateScope[]): void {
    for (const scope of scopes) {
      if (this.#said.delete(scope)) this.voice.log(`${SUBJECT[scope]} not paused any more.`);
    }
  }

  /**
   * @param asked the scopes that were looked at.
   * @param pauses those that stand: the others were opened, perhaps by another process.
   */
  standing(asked: readonly GateScope[], pauses: readonly Pick<Pause, 'scope'>[]): void {
    if (this.#said.size === 0) return;
    this.opened(
      asked.filter((scope) => {
        const at = this.#said.get(scope) ?? Infinity;
        return this.now() - at >= WRITTEN_AFTER && !pauses.some((pause) => pause.scope === scope);
      }),
    );
  }
}

const SUBJECT: Record<GateScope, string> = {
  all: 'All calls of the account are',
  sales: 'Calls for sales are',
  corrections: 'Calls for corrections are',
  reads: 'Look-ups are',
};
