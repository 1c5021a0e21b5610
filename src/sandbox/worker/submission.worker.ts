import { Inject, Injectable } from '@nestjs/common';
import { createAction, isVisible } from '../rules/action.rules.js';
import { modify, refusalOf, reverse } from '../rules/correction.rules.js';
import { orderIdOf } from '../rules/correction.validation.js';
import { readConversion } from '../rules/conversion.reader.js';
import { zonedDate } from '../rules/date.rules.js';
import { customerKeys, judge, type Sale } from '../rules/verdict.rules.js';
import type { ActionRecord } from '../state/action.record.js';
import { Sandbox } from '../state/sandbox.state.js';
import type { SubmissionRecord } from '../state/submission.record.js';
import { PostbackSender } from './postback.sender.js';

/**
 * Finishes submissions in the order of their arrival, each when it is due by the sandbox's clock. One timer waits
 * for the next one; it does not keep the process alive.
 */
@Injectable()
export class SubmissionWorker {
  private readonly waiting: SubmissionRecord[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(Sandbox) private readonly sandbox: Sandbox,
    @Inject(PostbackSender) private readonly postbacks: PostbackSender,
  ) {}

  enqueue(submission: SubmissionRecord): void {
    this.sandbox.store.submissions.set(submission.id, submission);
    this.waiting.push(submission);
    if (this.waiting.length === 1) this.schedule();
  }

  /** Finishes what is due; with `all`, also what would be due later. */
  run(all = false): void {
    const now = this.sandbox.clock.now();
    let done = 0;
    for (const submission of this.waiting) {
      if (!all && submission.dueAt.getTime() > now.getTime()) break;
      this.finish(submission, now);
      done += 1;
    }
    this.waiting.splice(0, done);
    this.postbacks.tellCleared();
    this.schedule();
  }

  /** Forgets what waits. */
  stop(): void {
    clearTimeout(this.timer);
    this.waiting.length = 0;
  }

  private schedule(): void {
    clearTimeout(this.timer);
    const next = this.waiting[0];
    if (!next) return;
    const delay = next.dueAt.getTime() - this.sandbox.clock.now().getTime();
    // Longer waits than a timer can hold are simply looked at again.
    this.timer = setTimeout(() => this.run(), Math.min(Math.max(delay, 0), 2 ** 31 - 1));
    this.timer.unref();
  }

  private finish(submission: SubmissionRecord, now: Date): void {
    submission.completedAt = now;
    if (submission.lost) return;
    if (submission.type === 'Conversion') this.finishConversion(submission, now);
    else this.finishCorrection(submission, now);
  }

  private finishConversion(submission: SubmissionRecord, now: Date): void {
    const { store, settings, ids } = this.sandbox;
    const input = readConversion(submission.parameters);
    const sale: Sale = {
      input,
      orderId: submission.orderId,
      eventDate: zonedDate(input.fields['EventDate'] ?? '') ?? submission.receivedAt,
      receivedAt: submission.receivedAt,
    };
    const verdict = judge(sale, {
      settings,
      click: (id) => store.clicks.get(id),
      actionsOfOrder: (programId, eventTypeId, orderId) =>
        store.actionsOfOrder(programId, eventTypeId, orderId),
      actionsOfClick: (id) => store.actionsOfClick(id),
      referral: (key) => store.referrals.get(key),
    });
    if (verdict.kind === 'refused') {
      submission.errorType = verdict.errorType;
      submission.reasonCodes = [verdict.reason];
      submission.partnerId = verdict.partnerId;
      return;
    }
    if (verdict.kind === 'unattributed') return;
    const { credit } = verdict;
    const action = createAction({ sale, credit, submissionId: submission.id, now }, settings, ids);
    store.addAction(action);
    submission.actionId = action.id;
    submission.partnerId = credit.partner.id;
    submission.eventTypeId = credit.eventType.id;
    submission.attributedBy = credit.attributedBy;
    for (const key of customerKeys(input.fields)) {
      store.referrals.set(key, {
        partnerId: credit.partner.id,
        clickId: credit.click?.id ?? '',
        at: credit.click?.at ?? sale.eventDate,
      });
    }
    this.postbacks.tell('tracked', action);
  }

  private finishCorrection(submission: SubmissionRecord, now: Date): void {
    const { parameters } = submission;
    const action = this.target(parameters, now);
    const reason = parameters['Reason'] ?? parameters['DispositionCode'] ?? '';
    const refusal = action
      ? (refusalOf(action, reason, now) ?? this.apply(submission, action, reason, now))
      : 'ACTION_NOT_FOUND';
    submission.actionId = action?.id ?? null;
    submission.partnerId = action?.partnerId ?? '';
    if (action) submission.eventTypeId = action.eventTypeId;
    if (refusal !== null) {
      submission.errorType = 'Validation';
      submission.reasonCodes = [refusal];
    } else if (action) this.postbacks.tell(action.reversed ? 'reversed' : 'modified', action);
  }

  private apply(
    submission: SubmissionRecord,
    action: ActionRecord,
    reason: string,
    now: Date,
  ): string | null {
    const correction = { ids: this.sandbox.ids, now, submissionId: submission.id };
    if (submission.type === 'Modification') return modify(action, submission.parameters, correction);
    reverse(action, reason, correction);
    return null;
  }

  /** By id, or the newest action of event type and order id (docs/vendor-contract.md §5.4). */
  private target(parameters: Readonly<Record<string, string>>, now: Date): ActionRecord | undefined {
    const { store, settings } = this.sandbox;
    const byId = parameters['ActionId'] ? store.action(parameters['ActionId']) : undefined;
    if (parameters['ActionId']) return byId && isVisible(byId, now) ? byId : undefined;
    const eventType = settings.eventTypes.find(({ id }) => id === parameters['ActionTrackerId']);
    if (!eventType) return undefined;
    return store
      .actionsOfOrder(eventType.programId, eventType.id, orderIdOf(parameters))
      .filter((action) => isVisible(action, now))
      .at(-1);
  }
}
