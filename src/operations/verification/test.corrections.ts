import { type ConversionRow, type ExplainedCorrection, soldOf, TEST_ACTION_KEY } from '../../ledger/index.js';
import { takeForeign } from './action.listing.js';
import { attempt } from './attempt.js';
import { isSettled, judgeCorrection, KEYS, testChange } from './correction.rules.js';
import { ABORTED, TOO_LATE } from './pacer.js';
import { Findings, type VerificationTools } from './verification.tools.js';
import type { CaseState, Finding, VerificationState } from './verification.types.js';

type Step = 'modification' | 'reversal';

/** Changes and reverses an order that has an action, and waits until the action shows it. */
export class TestCorrections {
  readonly #findings: Findings;

  constructor(
    private readonly state: VerificationState,
    private readonly one: CaseState,
    private readonly sale: ConversionRow,
    private readonly tools: VerificationTools,
  ) {
    this.#findings = new Findings(state, one, tools);
  }

  async run(): Promise<void> {
    if (!this.#findings.done('modification')) await this.#modify();
    if (this.tools.signal.aborted) return;
    await this.takeBack();
    if (this.#findings.proved('reversal')) return;
    await this.#settled('reversal', this.#reversalKey, 'the action is reversed as a test action');
  }

  /** Records the reversal: from then on the app delivers it, whatever becomes of this command. */
  async takeBack(): Promise<void> {
    const { one, sale, tools } = this;
    if (one.reversalRecorded) return;
    // A sale that the shop has recorded as a test has brought its reversal along.
    if (!sale.test) {
      await tools.conversions.reverse(sale.orderId, { key: this.#reversalKey, reason: 'TEST_ACTION' });
    }
    one.reversalRecorded = true;
    this.#findings.save();
  }

  get #reversalKey(): string {
    return this.sale.test ? TEST_ACTION_KEY : KEYS.reversal(this.state.id);
  }

  async #modify(): Promise<void> {
    const { sale, state, one, tools } = this;
    const key = KEYS.modification(state.id);
    const sold = soldOf(sale);
    const planned = sold === null ? null : testChange(sold, key);
    const not = (seen: string, fix: string | null): void =>
      this.#findings.add({
        step: 'modification',
        outcome: 'not-proved',
        expected: 'the action shows a changed order',
        seen,
        fix,
      });
    if (sale.test)
      return not(
        'the shop records it with test: true, which reverses it at once',
        'Place one order without test: true.',
      );
    if (planned === null)
      return not(
        'the order is worth too little to be changed',
        'Place an order of more than the smallest coin.',
      );
    const known = await this.#correction(key);
    if (known === null) {
      if (one.reversalRecorded) return not('it was interrupted, and reversed at once', 'Run verify again.');
      await tools.conversions.modify(sale.orderId, planned.change);
    }
    await this.#settled('modification', key, planned.words);
  }

  async #settled(step: Step, key: string, words: string): Promise<void> {
    const { tools, one, sale } = this;
    tools.observer.waiting(`the ${step} of order ${sale.orderId}`, one);
    const settled = await tools.pacer.until(async (slow) => {
      if (slow) await takeForeign(sale, one.eventTypeId, tools);
      const correction = await this.#correction(key);
      return correction !== null && isSettled(correction) ? correction : null;
    }, tools.patience.action);
    if (settled === ABORTED) return;
    const correction = settled === TOO_LATE ? await this.#correction(key) : settled;
    const shown = one.actionId === null ? null : await attempt(() => tools.api.getAction(one.actionId!));
    const action = shown?.action;
    this.#findings.add(
      correction === null
        ? notThere(step, words)
        : judgeCorrection(
            step,
            words,
            correction,
            action === undefined
              ? 'confirmed'
              : `the action shows ${action.amount ?? '?'} ${action.currency ?? ''}, ${action.state}`,
          ),
    );
  }

  async #correction(key: string): Promise<ExplainedCorrection | null> {
    const { corrections } = await this.tools.conversions.explain(this.sale.orderId);
    return corrections.find((each) => each.key === key) ?? null;
  }
}

const notThere = (step: Step, expected: string): Finding => ({
  step,
  outcome: 'failed',
  expected,
  seen: 'the correction is not in the ledger',
  fix: 'Look at nestjs-impact explain; reverse the test action in the account by hand.',
});
