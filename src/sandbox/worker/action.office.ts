import { Inject, Injectable } from '@nestjs/common';
import { isLocked, isVisible, track } from '../rules/action.rules.js';
import { payoutOf } from '../rules/amount.rules.js';
import { modify, reverse, type Correction } from '../rules/correction.rules.js';
import { decimal, decimalsOf, text } from '../rules/money.rules.js';
import type { Partner } from '../sandbox.settings.js';
import { itemsOf, type ActionRecord } from '../state/action.record.js';
import { Sandbox } from '../state/sandbox.state.js';
import { PostbackSender } from './postback.sender.js';

export type OfficeDecision = 'approve' | 'reverse' | 'restore' | 'reattribute';

/** What a `churn` does to an action. */
export type Churn = 'reattribute' | 'modify' | 'reverse';

/** What somebody at the brand or the vendor does by hand in the vendor's interface (docs/vendor-contract.md §5.6). */
@Injectable()
export class ActionOffice {
  constructor(
    @Inject(Sandbox) private readonly sandbox: Sandbox,
    @Inject(PostbackSender) private readonly postbacks: PostbackSender,
  ) {}

  /** The action that there is then (a re-attribution makes a new one); `null` when it is locked, or allows no such thing. */
  decide(action: ActionRecord, decision: OfficeDecision): ActionRecord | null {
    const byHand = this.byHand();
    if (isLocked(action, byHand.now)) return null;
    if (decision === 'restore') {
      if (!action.reversed) return null;
      modify(action, { Reason: 'RESET' }, byHand);
      this.postbacks.tell('modified', action);
      return action;
    }
    if (action.reversed) return null;
    if (decision === 'reattribute') return this.reattribute(action, this.nextPartner(action));
    if (decision === 'approve') {
      // No update is written: state moves are none (§5.1).
      action.lockingDate = byHand.now;
      this.sandbox.store.noteLocking(action.lockingDate);
    } else {
      reverse(action, 'ADV_ACT_DISPUTE', byHand);
      this.postbacks.tell('reversed', action);
    }
    return action;
  }

  /** Changes an action that may still change, so that the rows of a listing move. */
  churn(how: Churn, orderId: string | undefined): void {
    const byHand = this.byHand();
    const action = this.sandbox.store
      .actions()
      .findLast(
        (entry) =>
          (orderId === undefined || entry.orderId === orderId) &&
          !entry.reversed &&
          !isLocked(entry, byHand.now) &&
          isVisible(entry, byHand.now),
      );
    if (!action) return;
    if (how === 'modify') {
      const Amount = text(decimal(action.amount).times('0.9'), decimalsOf(action.currency));
      modify(action, { Reason: 'ORDER_UPDATE', Amount }, byHand);
      this.postbacks.tell(action.reversed ? 'reversed' : 'modified', action);
    } else this.decide(action, how);
  }

  /** Holds an action back, the newest one if none is named, and answers what shows it again. */
  withhold(orderId: string | undefined, delayMs: number | undefined): () => void {
    const now = this.sandbox.clock.now();
    const action = this.sandbox.store
      .actions()
      .findLast((entry) => (orderId === undefined || entry.orderId === orderId) && isVisible(entry, now));
    if (!action) return () => undefined;
    const before = action.visibleAt;
    action.visibleAt = delayMs === undefined ? NEVER : new Date(now.getTime() + delayMs);
    return () => {
      if (delayMs === undefined) action.visibleAt = before;
    };
  }

  /** The old action is reversed and a new one of the same order id, for another partner, takes its place. */
  reattribute(action: ActionRecord, partner: Partner | undefined): ActionRecord {
    const byHand = this.byHand();
    const successor = this.copy(action, partner);
    reverse(action, 'CREDITED_DIFFERENT_MP', byHand);
    this.add(successor);
    this.postbacks.tell('reversed', action);
    this.postbacks.tell('tracked', successor);
    return successor;
  }

  /** A second action of the same order, whatever the de-duplication window says. */
  duplicate(action: ActionRecord): ActionRecord {
    const { now } = this.byHand();
    const second = { ...this.copy(action, undefined), receivedAt: now };
    if (isLocked(second, now)) {
      const period = action.lockingDate.getTime() - action.eventDate.getTime();
      second.lockingDate = new Date(now.getTime() + period);
    }
    this.add(second);
    this.postbacks.tell('tracked', second);
    return second;
  }

  byHand(): Correction {
    return { ids: this.sandbox.ids, now: this.sandbox.clock.now(), submissionId: null };
  }

  private add(action: ActionRecord): void {
    const { ids, clock, store } = this.sandbox;
    track(action, ids, clock.now(), null);
    store.addAction(action);
  }

  private copy(action: ActionRecord, partner: Partner | undefined): ActionRecord {
    const { ids, clock } = this.sandbox;
    const now = clock.now();
    const { intended, currency } = action;
    const payoutRate = partner?.contract?.payoutRate ?? action.payoutRate;
    const amount = action.reversed ? intended.amount : action.amount;
    return {
      ...action,
      id: ids.action(action.programId),
      partnerId: partner?.id ?? action.partnerId,
      payoutRate,
      amount,
      payout: payoutOf(amount, payoutRate, currency),
      intended: { ...intended, payout: payoutOf(intended.amount, payoutRate, currency) },
      items: action.reversed
        ? itemsOf(intended.lines, null, '')
        : action.items.map((item) => ({ ...item, adjustedAt: null, adjustmentReason: '' })),
      createdAt: now,
      visibleAt: now,
      updatedAt: now,
      reversed: false,
      modifications: 0,
      clearingTold: false,
      history: [],
    };
  }

  private nextPartner(action: ActionRecord): Partner | undefined {
    return this.sandbox.settings.partners.find(
      (partner) => partner.active && !partner.test && partner.contract && partner.id !== action.partnerId,
    );
  }
}

/** The last moment that a date can tell. */
export const NEVER = new Date(8.64e15);
