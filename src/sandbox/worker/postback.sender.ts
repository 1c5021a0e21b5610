import { Inject, Injectable } from '@nestjs/common';
import { encodeMacros } from '../rules/macro.rules.js';
import { postbackMacros } from '../rules/postback.macros.js';
import type { PostbackEvent } from '../sandbox.types.js';
import type { ActionRecord } from '../state/action.record.js';
import type { PostbackEntry } from '../state/postback.entry.js';
import { Sandbox } from '../state/sandbox.state.js';

const DEFAULT_BODY = '{"ActionId":"{ActionId}","Status":"{Status}","Oid":"{Oid}"}';
const TIMEOUT = 5_000;
/** Calls under way at a time; more of them would only crowd out the brand's own. */
const AT_A_TIME = 8;

/** Calls the brand when an action changes (docs/vendor-contract.md §10.2): no signature, no retry. */
@Injectable()
export class PostbackSender {
  private readonly waiting: PostbackEntry[] = [];
  private underWay = 0;
  private idlers: (() => void)[] = [];
  private readonly closing = new AbortController();

  constructor(@Inject(Sandbox) private readonly sandbox: Sandbox) {}

  tell(event: PostbackEvent, action: ActionRecord): void {
    const { postbackPlan: plan, settings, clock, store } = this.sandbox;
    if (!plan || (plan.on && !plan.on.includes(event))) return;
    const macros = postbackMacros(action, settings, clock.now());
    const method = plan.method ?? 'GET';
    const contentType = method === 'POST' ? (plan.contentType ?? 'application/json') : null;
    const entry: PostbackEntry = {
      event,
      actionId: action.id,
      method,
      url: encodeMacros(plan.url, macros, encodeURIComponent),
      body:
        contentType === null
          ? null
          : encodeMacros(plan.body ?? DEFAULT_BODY, macros, encoderFor(contentType)),
      contentType,
      status: null,
    };
    store.postbacks.push(entry);
    this.waiting.push(entry);
    this.pump();
  }

  /** Tells of every action whose clearing date has come since the last look. */
  tellCleared(): void {
    const { clock, settings, store } = this.sandbox;
    const now = clock.now().getTime();
    const due = now - settings.clearingAfter;
    if (store.firstLocking > due) return;
    let next = Number.POSITIVE_INFINITY;
    for (const action of store.actions()) {
      const locks = action.lockingDate.getTime();
      // A reversed one may be restored until it locks.
      if (action.clearingTold || (action.reversed && locks <= now)) continue;
      if (locks > due || action.reversed) {
        next = Math.min(next, locks);
        continue;
      }
      action.clearingTold = true;
      this.tell('cleared', action);
    }
    store.firstLocking = next;
  }

  async idle(): Promise<void> {
    if (this.underWay === 0) return;
    await new Promise<void>((resolve) => this.idlers.push(resolve));
  }

  /** Forgets what waits. */
  clear(): void {
    this.waiting.length = 0;
  }

  stop(): void {
    this.clear();
    this.closing.abort();
  }

  private pump(): void {
    while (this.underWay < AT_A_TIME) {
      const entry = this.waiting.shift();
      if (!entry) break;
      this.underWay += 1;
      void this.send(entry).then(() => {
        this.underWay -= 1;
        this.pump();
      });
    }
    if (this.underWay > 0) return;
    const idlers = this.idlers;
    this.idlers = [];
    for (const resolve of idlers) resolve();
  }

  private async send(entry: PostbackEntry): Promise<void> {
    try {
      const response = await fetch(entry.url, {
        method: entry.method,
        signal: AbortSignal.any([this.closing.signal, AbortSignal.timeout(TIMEOUT)]),
        ...(entry.contentType !== null && {
          headers: { 'content-type': entry.contentType },
          body: entry.body,
        }),
      });
      entry.status = response.status;
      await response.body?.cancel();
    } catch {
      // The vendor's retry policy is unknown; here a brand that is away misses the call.
    }
  }
}

/** A value must not break out of the text around it. */
function encoderFor(contentType: string): (value: string) => string {
  return /^application\/x-www-form-urlencoded\b/i.test(contentType)
    ? encodeURIComponent
    : (value) => JSON.stringify(value).slice(1, -1);
}
