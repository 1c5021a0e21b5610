import type { SandboxClick } from '../sandbox.types.js';
import { orderKey, type ActionRecord } from './action.record.js';
import type { RequestEntry } from './request.entry.js';
import type { SubmissionRecord } from './submission.record.js';

/** The last thing that brought a customer: a click, or an action without one. */
export interface Referral {
  readonly partnerId: string;
  readonly clickId: string;
  readonly at: Date;
}

/** Everything the sandbox remembers. Plain collections: decisions are made elsewhere. */
export class SandboxStore {
  readonly clicks = new Map<string, SandboxClick>();
  readonly submissions = new Map<string, SubmissionRecord>();
  readonly referrals = new Map<string, Referral>();
  private readonly requestLog: RequestEntry[] = [];
  private readonly actionList: ActionRecord[] = [];
  private readonly actionsById = new Map<string, ActionRecord>();
  private readonly actionsByOrder = new Map<string, ActionRecord[]>();
  private readonly actionsByClick = new Map<string, number>();

  constructor(private readonly requestLimit: number) {}

  addAction(action: ActionRecord): void {
    this.actionList.push(action);
    this.actionsById.set(action.id, action);
    const key = orderKey(action.programId, action.eventTypeId, action.orderId);
    this.actionsByOrder.set(key, [...(this.actionsByOrder.get(key) ?? []), action]);
    this.actionsByClick.set(action.clickId, this.actionsOfClick(action.clickId) + 1);
  }

  /** Oldest first. */
  actions(): readonly ActionRecord[] {
    return this.actionList;
  }

  action(id: string): ActionRecord | undefined {
    return this.actionsById.get(id);
  }

  /** All actions of an order id of one event type, oldest first. */
  actionsOfOrder(programId: string, eventTypeId: string, orderId: string): readonly ActionRecord[] {
    return this.actionsByOrder.get(orderKey(programId, eventTypeId, orderId)) ?? [];
  }

  actionsOfClick(clickId: string): number {
    return this.actionsByClick.get(clickId) ?? 0;
  }

  addRequest(entry: RequestEntry): void {
    this.requestLog.push(entry);
    // Cut in bulk: shifting one by one is slow on a long list.
    if (this.requestLog.length > this.requestLimit * 1.1) {
      this.requestLog.splice(0, this.requestLog.length - this.requestLimit);
    }
  }

  clear(): void {
    this.requestLog.length = 0;
    this.actionList.length = 0;
    for (const map of [
      this.clicks,
      this.submissions,
      this.referrals,
      this.actionsById,
      this.actionsByOrder,
      this.actionsByClick,
    ]) {
      map.clear();
    }
  }

  requests(): readonly RequestEntry[] {
    return this.requestLog;
  }
}
