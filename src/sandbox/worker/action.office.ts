import { Inject, Injectable } from '@nestjs/common';
import { change, isLocked, isVisible } from '../rules/action.rules.js';
import { payoutOf } from '../rules/amount.rules.js';
import { modify, reverse } from '../rules/correction.rules.js';
import type { ActionRecord } from '../state/action.record.js';
import { Sandbox } from '../state/sandbox.state.js';
import { PostbackSender } from './postback.sender.js';

export type OfficeDecision = 'approve' | 'reverse' | 'restore' | 'reattribute';

/** What somebody at the brand or the vendor does by hand in the vendor's interface (docs/vendor-contract.md §5.6). */
@Injectable()
export class ActionOffice {
  constructor(
    @Inject(Sandbox) private readonly sandbox: Sandbox,
    @Inject(PostbackSender) private readonly postbacks: PostbackSender,
  ) {}

  /** `false` when the action is locked already, or there is nothing to decide. */
  decide(action: ActionRecord, decision: OfficeDecision): boolean {
    const { clock, ids } = this.sandbox;
    const now = clock.now();
    if (isLocked(action, now)) return false;
    if (decision === 'restore') {
      if (!action.reversed) return false;
      modify(action, { Reason: 'RESET' }, ids, now);
      this.postbacks.tell('modified', action);
      return true;
    }
    if (action.reversed) return false;
    if (decision === 'approve') {
      // No update is written: state moves are none (§5.1).
      action.lockingDate = now;
    } else if (decision === 'reverse') {
      reverse(action, 'ADV_ACT_DISPUTE', ids, now);
      this.postbacks.tell('reversed', action);
    } else this.reattribute(action, now);
    return true;
  }

  /** The newest action that may still change is re-attributed, so that a listing's rows move. */
  churn(): void {
    const now = this.sandbox.clock.now();
    const action = this.sandbox.store
      .actions()
      .findLast((entry) => !entry.reversed && !isLocked(entry, now) && isVisible(entry, now));
    if (action) this.reattribute(action, now);
  }

  /** The old action is reversed and a new one of the same order id, for the next partner, takes its place. */
  private reattribute(action: ActionRecord, now: Date): void {
    const { ids, settings, store } = this.sandbox;
    const others = settings.partners.filter(
      (partner) => partner.active && !partner.test && partner.contract && partner.id !== action.partnerId,
    );
    const partner = others[0];
    const payoutRate = partner?.contract?.payoutRate ?? action.payoutRate;
    const payout = payoutOf(action.amount, payoutRate, action.currency);
    const successor: ActionRecord = {
      ...action,
      id: ids.action(action.programId),
      partnerId: partner?.id ?? action.partnerId,
      payoutRate,
      payout,
      intended: { ...action.intended, payout: payoutOf(action.intended.amount, payoutRate, action.currency) },
      items: action.items.map((item) => ({ ...item })),
      createdAt: now,
      visibleAt: now,
      updatedAt: now,
      modifications: 0,
      history: [],
    };
    const start = { amount: '0', payout: '0' };
    successor.history.push(change(successor, ids, { kind: 'tracked', reason: 'IR_BLANK', at: now }, start));
    reverse(action, 'CREDITED_DIFFERENT_MP', ids, now);
    store.addAction(successor);
    this.postbacks.tell('reversed', action);
    this.postbacks.tell('tracked', successor);
  }
}
