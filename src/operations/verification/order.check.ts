import type { Submission } from '../../api/index.js';
import { type ConversionRow, type ConversionStory, soldOf } from '../../ledger/index.js';
import { formatMoney } from '../../wire/index.js';
import { actionsOf, takeForeign } from './action.listing.js';
import { attempt } from './attempt.js';
import { judgeOrder, stuckFinding } from './order.rules.js';
import { ABORTED, TOO_LATE } from './pacer.js';
import { judgeMissing, judgeSingle, judgeSubmission } from './outcome.rules.js';
import { judgeAction } from './sale.rules.js';
import { syntheticSale } from './synthetic.sale.js';
import { TestCorrections } from './test.corrections.js';
import { Findings, type VerificationTools } from './verification.tools.js';
import type { CaseState, Finding, VerificationState } from './verification.types.js';

const ATTEMPTED: ReadonlySet<ConversionRow['state']> = new Set([
  'SENT',
  'CREDITED',
  'APPROVED',
  'CLEARED',
  'REVERSED',
  'REJECTED',
  'UNATTRIBUTED',
]);
const WITH_ACTION: ReadonlySet<ConversionRow['state']> = new Set([
  'CREDITED',
  'APPROVED',
  'CLEARED',
  'REVERSED',
]);
const ENDED: ReadonlySet<ConversionRow['state']> = new Set([
  'REJECTED',
  'UNATTRIBUTED',
  'UNDELIVERABLE',
  'SKIPPED',
  'DRY_RUN',
  'CANCELLED',
]);

/** One order, from its recording to its reversal. What was found before is not asked again. */
export class OrderCheck {
  readonly #findings: Findings;

  constructor(
    private readonly state: VerificationState,
    private readonly one: CaseState,
    private readonly tools: VerificationTools,
  ) {
    this.#findings = new Findings(state, one, tools);
  }

  async run(): Promise<void> {
    const sale = await this.#sale();
    if (sale === null) return;
    // From here on there is something to take back, whatever happens.
    try {
      await this.#follow(sale);
    } finally {
      if (this.state.plan.corrections) await this.#corrections(sale).takeBack();
    }
  }

  /** The sale in the ledger, when it is this run's own; null ends the case. */
  async #sale(): Promise<ConversionRow | null> {
    const { one, state, tools } = this;
    if (state.plan.synthetic) await this.#record();
    tools.observer.waiting(one.orderId === null ? 'your order' : `order ${one.orderId} in the ledger`, one);
    const since = new Date(state.startedAt);
    const found = await tools.pacer.until(
      () =>
        one.orderId === null
          ? tools.reader.saleOfClick(state.clickId!, since)
          : tools.reader.sale(one.orderId),
      tools.patience.order,
    );
    if (found === ABORTED) return null;
    if (found === TOO_LATE) {
      this.#findings.add(stuckFinding('order', one.orderId));
      return null;
    }
    one.orderId = found.orderId;
    one.worth = worthOf(found);
    const finding = judgeOrder(found, state.clickId);
    this.#findings.add(finding);
    // Somebody else's order is neither compared nor taken back.
    return finding.outcome === 'proved' ? found : null;
  }

  async #record(): Promise<void> {
    const { one, state, tools } = this;
    if (one.submissionId !== null || this.#findings.has('order')) return;
    // A payment that came before the click is credited to nobody.
    one.paidAt ??= new Date().toISOString();
    // Kept before the sale exists: a run that dies in between finds its order again.
    this.#findings.save();
    await tools.sellerOf(one.eventTypeId).record(syntheticSale(state, one));
  }

  async #follow(recorded: ConversionRow): Promise<void> {
    const sent = await this.#submitted(recorded);
    if (sent === null) return;
    if (this.state.plan.via === 'test-actions') return this.#asked(sent);
    const credited = await this.#credited(sent);
    if (credited === null) return;
    if (!this.#findings.has('amount')) await this.#compare(credited);
    if (this.tools.signal.aborted) return;
    if (this.state.plan.corrections) await this.#corrections(credited).run();
    else this.#findings.add(KEPT);
  }

  #corrections(sale: ConversionRow): TestCorrections {
    return new TestCorrections(this.state, this.one, sale, this.tools);
  }

  async #submitted(recorded: ConversionRow): Promise<ConversionRow | null> {
    const { one, tools } = this;
    tools.observer.waiting(`order ${recorded.orderId} to be sent`, one);
    const sale = await tools.pacer.until(async () => {
      const now = await tools.reader.sale(recorded.orderId);
      return now !== null && (ATTEMPTED.has(now.state) || ENDED.has(now.state)) ? now : null;
    }, tools.patience.submission);
    if (sale === ABORTED) return null;
    if (sale === TOO_LATE || !ATTEMPTED.has(sale.state)) {
      this.#findings.add(
        sale === TOO_LATE
          ? stuckFinding('submission', recorded.orderId)
          : judgeOrder(sale, this.state.clickId),
      );
      return null;
    }
    one.submissionId = sale.submissionId;
    this.#findings.save();
    return sale;
  }

  /** Waits for the action, and asks for the submission meanwhile: that says sooner that there will be none. */
  async #credited(sent: ConversionRow): Promise<ConversionRow | null> {
    const { one, tools } = this;
    tools.observer.waiting(`the action of order ${sent.orderId}`, one);
    const sale = await tools.pacer.until(async (slow) => {
      if (slow) await takeForeign(sent, one.eventTypeId, tools);
      const now = await tools.reader.sale(sent.orderId);
      if (now === null || WITH_ACTION.has(now.state) || ENDED.has(now.state)) return now;
      const submission = slow ? await this.#submission(now.submissionId) : null;
      return submission?.status === 'COMPLETE' && isRefused(submission) ? now : null;
    }, tools.patience.action);
    if (sale === ABORTED) return null;
    const last = sale === TOO_LATE ? ((await tools.reader.sale(sent.orderId)) ?? sent) : sale;
    await this.#judgeSubmission(last);
    if (!WITH_ACTION.has(last.state) || last.actionId === null) {
      this.#findings.add(judgeMissing(last, one.eventTypeId, await actionsOf(last, tools)));
      return null;
    }
    one.actionId = last.actionId;
    return last;
  }

  async #judgeSubmission(sale: ConversionRow): Promise<void> {
    if (sale.submissionId === null) return;
    const story = await this.#story(sale.orderId);
    const repeated = story.lines.some(({ what }) => what === 'attempt-failed');
    this.#findings.add(
      judgeSubmission(sale.submissionId, await this.#submission(sale.submissionId), repeated),
    );
  }

  async #compare(sale: ConversionRow): Promise<void> {
    const { one, state, tools } = this;
    const { api } = tools;
    const answer = await attempt(() => api.getAction(one.actionId!));
    const sold = soldOf(sale);
    if (answer === null || sold === null) {
      this.#findings.add({
        step: 'action',
        outcome: 'failed',
        expected: `action ${one.actionId} can be read`,
        seen: 'impact.com did not answer with it',
        fix: 'Give the token the scope Actions: read; then nestjs-impact verify --resume.',
      });
      return;
    }
    const { action } = answer;
    if (action.state === 'REVERSED') return this.#findings.add(REVERSED_BEFORE);
    this.#findings.add({
      step: 'action',
      outcome: action.state === 'UNKNOWN' ? 'remark' : 'proved',
      expected: `an action of order ${sale.wireOrderId}`,
      seen: `action ${action.id}, ${action.state}, payout ${action.payout ?? '?'} ${action.currency ?? ''}`.trim(),
      fix: null,
    });
    const items = await attempt(() => api.getActionItems(action.id));
    const expected = { sale, sold, eventTypeId: one.eventTypeId, partnerId: state.partnerId };
    this.#findings.add(judgeSingle(expected, await actionsOf(sale, tools)));
    for (const finding of judgeAction(expected, action, items?.items ?? null)) this.#findings.add(finding);
  }

  /** Test actions are kept apart from the listing: the person says what the account's page shows (docs/vendor-contract.md §9.3). */
  async #asked(sent: ConversionRow): Promise<void> {
    const { tools, one } = this;
    tools.observer.waiting(`submission ${sent.submissionId}`, one);
    const done = await tools.pacer.until(async (slow) => {
      const submission = slow ? await this.#submission(sent.submissionId) : null;
      return submission?.status === 'COMPLETE' ? submission : null;
    }, tools.patience.action);
    if (done === ABORTED) return;
    await this.#judgeSubmission(sent);
    const expected = `Test Actions in the account show order ${sent.wireOrderId} with ${one.worth}, event type ${one.eventTypeId}`;
    const answer = await tools.confirm(`Do ${expected}?`);
    this.#findings.add({
      step: 'test-actions',
      outcome: answer === true ? 'proved' : answer === false ? 'failed' : 'not-proved',
      expected,
      seen: answer === null ? 'nobody was asked' : `a person who looked says ${answer ? 'yes' : 'no'}`,
      fix:
        answer === true
          ? null
          : answer === null
            ? 'Look at Engage → Transactions → Test Actions and give --confirm yes or no.'
            : 'Look whether the test was started with the same event type, and at the order in the OrderId Lookup report.',
    });
  }

  async #submission(id: string | null): Promise<Submission | null> {
    return id === null ? null : attempt(() => this.tools.api.getSubmission(id));
  }

  async #story(orderId: string): Promise<ConversionStory> {
    return this.tools.conversions.explain(orderId);
  }
}

const isRefused = ({ errorType, reasonCodes }: Submission): boolean =>
  errorType !== null || reasonCodes.length > 0;

const worthOf = ({ amountMinor, currency, state }: ConversionRow): string =>
  state === 'UNDELIVERABLE' ? 'unusable data' : `${formatMoney(amountMinor, currency)} ${currency}`;

const KEPT: Finding = {
  step: 'reversal',
  outcome: 'not-proved',
  expected: 'the action is reversed as a test action',
  seen: 'the order is kept, as asked for',
  fix: 'Reverse it before it locks: a commission may be paid for it.',
};

const REVERSED_BEFORE: Finding = {
  step: 'amount',
  outcome: 'not-proved',
  expected: 'the action shows what was sent',
  seen: 'it was reversed before it could be compared',
  fix: 'Run verify again, without an interruption.',
};
