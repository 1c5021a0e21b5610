import { Inject, Injectable } from '@nestjs/common';
import { stateOf, clearedDate } from '../rules/action.rules.js';
import { printDate } from '../rules/date.rules.js';
import { encodeMacros } from '../rules/macro.rules.js';
import type { ActionRecord } from '../state/action.record.js';
import { Sandbox } from '../state/sandbox.state.js';

export type PostbackEvent = 'tracked' | 'modified' | 'reversed' | 'cleared';

const DEFAULT_BODY = '{"ActionId":"{ActionId}","Status":"{Status}","Oid":"{Oid}"}';
const TIMEOUT = 5_000;

/** Calls the brand when an action changes (docs/vendor-contract.md §10.2): no signature, no retry. */
@Injectable()
export class PostbackSender {
  private readonly underWay = new Set<Promise<void>>();
  private readonly closing = new AbortController();

  constructor(@Inject(Sandbox) private readonly sandbox: Sandbox) {}

  tell(event: PostbackEvent, action: ActionRecord): void {
    const plan = this.sandbox.settings.postbacks;
    if (!plan || (plan.on && !plan.on.includes(event))) return;
    const macros = this.macros(action);
    const method = plan.method ?? 'GET';
    const call = fetch(encodeMacros(plan.url, macros, encodeURIComponent), {
      method,
      signal: AbortSignal.any([this.closing.signal, AbortSignal.timeout(TIMEOUT)]),
      ...(method === 'POST' && {
        headers: { 'content-type': plan.contentType ?? 'application/json' },
        body: encodeMacros(plan.body ?? DEFAULT_BODY, macros, (value) => JSON.stringify(value).slice(1, -1)),
      }),
    }).then(
      (response) => void response.body?.cancel(),
      // The vendor's retry policy is unknown; here a brand that is away misses the call.
      () => undefined,
    );
    const entry = call.finally(() => this.underWay.delete(entry));
    this.underWay.add(entry);
  }

  /** Tells of every action whose clearing date has come since the last look. */
  tellCleared(): void {
    if (!this.sandbox.settings.postbacks) return;
    const now = this.sandbox.clock.now();
    for (const action of this.sandbox.store.actions()) {
      if (action.clearingTold || !clearedDate(action, this.sandbox.settings.clearingAfter, now)) continue;
      action.clearingTold = true;
      this.tell('cleared', action);
    }
  }

  async idle(): Promise<void> {
    await Promise.all(this.underWay);
  }

  stop(): void {
    this.closing.abort();
  }

  private macros(action: ActionRecord): Record<string, string> {
    const { settings, clock } = this.sandbox;
    const partner = settings.partners.find(({ id }) => id === action.partnerId);
    const last = action.history.at(-1);
    const date = (value: Date): string => printDate(value, settings.utcOffset);
    return {
      CampaignId: action.programId,
      CampaignName: settings.programs.find(({ id }) => id === action.programId)?.name ?? '',
      ActionTrackerId: action.eventTypeId,
      ActionTrackerName: settings.eventTypes.find(({ id }) => id === action.eventTypeId)?.name ?? '',
      MediaPartnerId: action.partnerId,
      MediaPartnerName: partner?.name ?? '',
      ActionId: action.id,
      Status: stateOf(action, clock.now()),
      StatusDetail: 'OPEN',
      AdId: action.adId,
      Payout: action.payout,
      DeltaPayout: last?.deltaPayout ?? '',
      IntendedPayout: action.intended.payout,
      Amount: action.amount,
      DeltaAmount: last?.deltaAmount ?? '',
      IntendedAmount: action.intended.amount,
      Currency: action.currency,
      OriginalCurrency: action.originalCurrency,
      OriginalAmount: action.originalAmount,
      EventDate: date(action.eventDate),
      CreationDate: date(action.createdAt),
      LockingDate: date(action.lockingDate),
      Oid: action.orderId,
      OrderId: action.orderId,
      CustomerId: action.parameters['CustomerId'] ?? '',
      SharedId: action.sharedId,
    };
  }
}
