import type { Receiver } from './receiver.js';
import type { ShopProcess } from './shop.process.js';

interface Kill {
  readonly name: string;
  readonly at: number;
}

/** Kills processes at a moment that the vendor sees, and reckons up what each kill cost. */
export class Killer {
  readonly kills: Kill[] = [];
  readonly #team: Map<string, ShopProcess>;

  constructor(
    private readonly receiver: Receiver,
    team: readonly ShopProcess[],
  ) {
    this.#team = new Map(team.map((process) => [process.name, process]));
  }

  /** Kills whoever makes the n-th call from now on, while that call is under way. Resolves when it is dead. */
  onNextCall(nth: number): Promise<ShopProcess> {
    let seen = 0;
    return new Promise((resolve) => {
      this.receiver.onCall = ({ from }) => {
        const caller = this.#team.get(from);
        if (caller === undefined || (seen += 1) < nth) return;
        this.receiver.onCall = () => {};
        void this.#kill(caller).then(resolve);
      };
    });
  }

  /** Kills whoever gets the n-th answer from now on, so many milliseconds after it has left. Resolves when it is dead. */
  afterAnswer(nth: number, milliseconds: number): Promise<ShopProcess> {
    let seen = 0;
    return new Promise((resolve) => {
      this.receiver.onAnswered = ({ from }) => {
        // An answer may still go out to somebody who was killed before.
        const caller = this.#team.get(from);
        if (caller === undefined || (seen += 1) < nth) return;
        this.receiver.onAnswered = () => {};
        const kill = (): void => void this.#kill(caller).then(resolve);
        if (milliseconds <= 0) kill();
        else setTimeout(kill, milliseconds);
      };
    });
  }

  join(process: ShopProcess): void {
    this.#team.set(process.name, process);
  }

  /** Closes those who are left. */
  async dismiss(): Promise<void> {
    for (const process of this.#team.values()) await process.close();
    this.#team.clear();
  }

  /** How many sales were taken once more because of one kill, at most. Infinite when nobody was killed for it. */
  mostRepeatsPerKill(): number {
    const repeats = new Map(this.kills.map(({ name }) => [name, 0]));
    for (const order of this.receiver.orders()) {
      const taken = this.receiver.of(order).filter(({ accepted }) => accepted);
      for (const { from } of taken.slice(0, -1)) repeats.set(from, (repeats.get(from) ?? Infinity) + 1);
    }
    return Math.max(0, ...repeats.values());
  }

  /**
   * Sales that waited too long: neither sent promptly, nor within `lease` of the kill of somebody who may have
   * held them, nor within `lease` of the call that a kill has cut.
   */
  resumedLate(recordedAt: ReadonlyMap<string, number>, lease: number, promptly: number): unknown[] {
    const late: unknown[] = [];
    for (const order of this.receiver.orders()) {
      let since = recordedAt.get(order) ?? 0;
      let limit = promptly;
      for (const { from, at } of this.receiver.of(order)) {
        // Whoever was killed meanwhile may have held it without a call.
        const held = this.kills.findLast((kill) => kill.at >= since && kill.at <= at);
        const excused = held !== undefined && at - held.at <= lease;
        if (at - since > limit && !excused) late.push({ order, from, waited: Math.round(at - since), limit });
        since = at;
        limit = lease;
      }
    }
    return late;
  }

  async #kill(process: ShopProcess): Promise<ShopProcess> {
    this.#team.delete(process.name);
    this.kills.push({ name: process.name, at: performance.now() });
    await process.kill();
    return process;
  }
}
