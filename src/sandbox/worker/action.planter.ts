import { Inject, Injectable } from '@nestjs/common';
import { createAction } from '../rules/action.rules.js';
import { readConversion } from '../rules/conversion.reader.js';
import { scale, settle } from '../rules/correction.rules.js';
import { destination } from '../rules/duration.rules.js';
import { decimal, decimalsOf } from '../rules/money.rules.js';
import { SandboxOptionError } from '../sandbox.errors.js';
import type { Contract, Partner } from '../sandbox.settings.js';
import type { ActionRecord } from '../state/action.record.js';
import { Sandbox } from '../state/sandbox.state.js';
import { ActionOffice, NEVER, type OfficeDecision } from './action.office.js';
import { PostbackSender } from './postback.sender.js';

/** A difference planted in an action as it stands, locked or not. */
export interface OfficeEdit {
  /** New total in the account currency; counts as an update. */
  amount?: string;
  /** Whom it is credited to from now on, without a second action; counts as an update. */
  partnerId?: string;
  /** Counts as an update. */
  eventDate?: Date;
  /** No update, like every approval. */
  lockingDate?: Date;
  /** When listings begin to show it (again): a date, or a step such as `'+20m'`. Its own dates stay. */
  appearsAt?: Date | string;
}

/**
 * - `approve`, `reverse`, `restore`, `reattribute` obey the lock, as in the vendor's interface;
 * - `duplicate` makes a second action of the same order, `hide` and `show` take one out of every listing and back;
 * - `reattributeTo` names the partner; the other entries of an object plant a difference.
 */
export type OfficeOrder =
  OfficeDecision | 'duplicate' | 'hide' | 'show' | { readonly reattributeTo: string } | Readonly<OfficeEdit>;

/** An action that no submission asked for. */
export interface PlantedAction {
  orderId: string;
  /** In the account currency. */
  amount: string;
  /** Default: the first active one with a contract, or the test partner with `test`. */
  partnerId?: string;
  /** Default: the first event type. */
  eventTypeId?: string;
  /** Default: now. */
  eventDate?: Date;
  /** A click of this sandbox. Default: none. */
  clickId?: string;
  customerId?: string;
  /** A test action, which pays nothing. Default: `false`. */
  test?: boolean;
}

/** Carries out what tests ask of the vendor's side. */
@Injectable()
export class ActionPlanter {
  constructor(
    @Inject(Sandbox) private readonly sandbox: Sandbox,
    @Inject(ActionOffice) private readonly office: ActionOffice,
    @Inject(PostbackSender) private readonly postbacks: PostbackSender,
  ) {}

  carryOut(orderIdOrActionId: string, order: OfficeOrder): ActionRecord {
    const action = this.find(orderIdOrActionId, order);
    if (typeof order === 'object') {
      if ('reattributeTo' in order) {
        if (action.reversed) throw refused(order, 'the action is reversed.');
        return this.office.reattribute(action, this.partner(order.reattributeTo));
      }
      return this.edit(action, order);
    }
    if (order === 'duplicate') return this.office.duplicate(action);
    if (order === 'hide' || order === 'show') {
      action.visibleAt = order === 'hide' ? NEVER : this.sandbox.clock.now();
      return action;
    }
    const decided = this.office.decide(action, order);
    if (!decided) throw refused(order, 'the action is locked or does not allow it.');
    return decided;
  }

  plant(given: PlantedAction): ActionRecord {
    const { settings, clock, ids, store } = this.sandbox;
    const now = clock.now();
    const click = given.clickId === undefined ? null : store.clicks.get(given.clickId);
    if (click === undefined)
      throw new SandboxOptionError('clickId', given.clickId, 'there is no such click.');
    const partner = this.partner(given.partnerId ?? click?.partnerId ?? this.anyPartner(given.test ?? false));
    const eventType = settings.eventTypes.find(
      ({ id }) => id === (given.eventTypeId ?? settings.eventTypes[0]?.id),
    );
    if (!eventType) {
      throw new SandboxOptionError('eventTypeId', given.eventTypeId, 'there is no such event type.');
    }
    const parameters = {
      OrderId: given.orderId,
      CurrencyCode: settings.accountCurrency,
      Amount: moneyOf(given.amount),
      ...(given.customerId !== undefined && { CustomerId: given.customerId }),
    };
    const eventDate = given.eventDate ?? now;
    const action = createAction(
      {
        sale: { input: readConversion(parameters), orderId: given.orderId, eventDate, receivedAt: now },
        credit: {
          partner,
          contract: partner.contract,
          eventType,
          attributedBy: click ? 'click' : 'media',
          click,
        },
        submissionId: null,
        now,
      },
      settings,
      ids,
    );
    store.addAction(action);
    this.postbacks.tell('tracked', action);
    return action;
  }

  private edit(action: ActionRecord, edit: Readonly<OfficeEdit>): ActionRecord {
    const { amount, partnerId, eventDate } = edit;
    const byHand = this.office.byHand();
    if (edit.lockingDate) {
      action.lockingDate = edit.lockingDate;
      this.sandbox.store.noteLocking(edit.lockingDate);
    }
    if (edit.appearsAt !== undefined) action.visibleAt = destination(edit.appearsAt, byHand.now);
    if (amount === undefined && partnerId === undefined && eventDate === undefined) return action;
    if (action.reversed) throw refused(edit, 'the action is reversed; restore it first.');
    const partner = partnerId === undefined ? undefined : this.partner(partnerId);
    const total = amount === undefined ? undefined : decimal(moneyOf(amount));
    settle(action, byHand, { kind: 'modified', reason: 'OTHER' }, () => {
      if (eventDate) action.eventDate = eventDate;
      if (partner) {
        action.partnerId = partner.id;
        action.payoutRate = partner.contract.payoutRate;
      }
      if (total) {
        scale(action.items, total, decimalsOf(action.currency), 'OTHER', byHand.now);
        action.reversed = total.eq(0);
      }
    });
    this.postbacks.tell(action.reversed ? 'reversed' : 'modified', action);
    return action;
  }

  private find(given: string, order: OfficeOrder): ActionRecord {
    const { store } = this.sandbox;
    const ofOrder = store.actionsOf(given);
    const found =
      store.action(given) ??
      ofOrder.findLast((action) => action.reversed === (order === 'restore')) ??
      ofOrder.at(-1);
    if (!found) throw new SandboxOptionError('orderIdOrActionId', given, 'there is no such action.');
    return found;
  }

  private partner(id: string | undefined): Partner & { readonly contract: Contract } {
    const partner = this.sandbox.settings.partners.find((entry) => entry.id === id);
    if (partner?.contract) return { ...partner, contract: partner.contract };
    throw new SandboxOptionError('partnerId', id, 'give a partner that has a contract.');
  }

  private anyPartner(test: boolean): string | undefined {
    return this.sandbox.settings.partners.find(
      (entry) => entry.active && entry.contract && entry.test === test,
    )?.id;
  }
}

function moneyOf(amount: string): string {
  if (/^\d+(\.\d+)?$/.test(amount)) return amount;
  throw new SandboxOptionError('amount', amount, 'give a decimal string such as "12.50".');
}

const refused = (order: OfficeOrder, why: string): SandboxOptionError =>
  new SandboxOptionError('office', order, why);
