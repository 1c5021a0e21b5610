import type { StoredCorrection } from '../ledger/index.js';
import {
  firstWorth,
  foldCorrections,
  keptCorrection,
  type SoldSale,
  type Worth,
  type WorthStep,
} from '../wire/index.js';

/** What one correction is to bring the action to. */
export interface CorrectionAim extends WorthStep {
  readonly before: Worth;
  /** No later one counts. */
  readonly isLast: boolean;
}

/** A sale's corrections that count, in their order, and what each of them leaves of the sale. */
export class CorrectionStanding {
  readonly #steps: readonly WorthStep[];
  readonly #said: number;
  readonly #underWay: number;

  constructor(
    private readonly sold: SoldSale,
    private readonly corrections: readonly StoredCorrection[],
  ) {
    this.#steps = this.#fold(corrections);
    this.#said = corrections.findLastIndex(({ state }) => state === 'confirmed');
    this.#underWay = corrections.findLastIndex(({ state }) => state === 'queued' || state === 'sent');
  }

  /** As it is once this one is refused. */
  without(correction: StoredCorrection): CorrectionStanding {
    return new CorrectionStanding(this.sold, this.#allBut(correction));
  }

  /** It waits, although it comes first: a later one is under way, and there is one call at a time. */
  isBehind(correction: StoredCorrection): boolean {
    const waits = correction.state === 'held' || correction.state === 'nothing-to-correct';
    return waits && this.corrections.indexOf(correction) < this.#underWay;
  }

  /**
   * One that is taken up again behind later ones which were confirmed meanwhile aims at what all of them leave:
   * the action shows theirs already, and is not taken back.
   */
  aimOf(correction: StoredCorrection): CorrectionAim {
    const index = this.corrections.indexOf(correction);
    const before =
      index < this.#said
        ? this.#worthAt(this.#fold(this.#allBut(correction)), this.#said - 1)
        : this.#worthAt(this.#steps, index - 1);
    const { notes, problems } = this.#steps[index]!;
    const worth = this.#worthAt(this.#steps, Math.max(index, this.#said));
    return { before, worth, notes, problems, isLast: index === this.corrections.length - 1 };
  }

  #allBut(correction: StoredCorrection): StoredCorrection[] {
    return this.corrections.filter((one) => one !== correction);
  }

  #worthAt(steps: readonly WorthStep[], index: number): Worth {
    return steps[index]?.worth ?? firstWorth(this.sold);
  }

  #fold(corrections: readonly StoredCorrection[]): WorthStep[] {
    return foldCorrections(
      this.sold,
      corrections.map((one) => keptCorrection(one)),
    );
  }
}
