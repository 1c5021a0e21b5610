import type { SandboxClick } from '../sandbox.types.js';
import { orderKey, type ActionRecord } from './action.record.js';
import type { PostbackEntry } from './postback.entry.js';
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
  /** No action that has still to clear locks before this moment. */
  firstLocking = Number.POSITIVE_INFINITY;
  /** In the order in which they were made. */
  readonly postbacks: PostbackEntry[] = [];
  private readonly requestLog: RequestEntry[] = [];
  private readonly actionList: ActionRecord[] = [];
  private readonly actionsById = new Map<string, ActionRecord>();
  private readonly actionsByKey = new Map<string, ActionRecord[]>();
  private readonly actionsByOrder = new Map<string, ActionRecord[]>();
  private readonly calls = new Map<string, number>();
  private chronological = true;
  private readonly actionsByClick = new Map<string, number>();

  constructor(private readonly requestLimit: number) {}

  addAction(action: ActionRecord): void {
    const last = this.actionList.at(-1);
    if (last && last.createdAt.getTime() > action.createdAt.getTime()) this.chronological = false;
    this.actionList.push(action);
    this.noteLocking(action.lockingDate);
    this.actionsById.set(action.id, action);
    const key = orderKey(action.programId, action.eventTypeId, action.orderId);
    append(this.actionsByKey, key, action);
    append(this.actionsByOrder, action.orderId, action);
    this.actionsByClick.set(action.clickId, this.actionsOfClick(action.clickId) + 1);
  }

  /** Oldest first. */
  actions(): readonly ActionRecord[] {
    return this.actionList;
  }

  noteLocking(date: Date): void {
    this.firstLocking = Math.min(this.firstLocking, date.getTime());
  }

  /** Whether `actions()` is in the order of their creation; a journey into the past ends that. */
  get inOrder(): boolean {
    return this.chronological;
  }

  action(id: string): ActionRecord | undefined {
    return this.actionsById.get(id);
  }

  /** All actions of an order id of one event type, oldest first. */
  actionsOfOrder(programId: string, eventTypeId: string, orderId: string): readonly ActionRecord[] {
    return this.actionsByKey.get(orderKey(programId, eventTypeId, orderId)) ?? [];
  }

  /** The same over all programs and event types. */
  actionsOf(orderId: string): readonly ActionRecord[] {
    return this.actionsByOrder.get(orderId) ?? [];
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

  countCall(route: string): void {
    this.calls.set(route, (this.calls.get(route) ?? 0) + 1);
  }

  callCounts(): ReadonlyMap<string, number> {
    return this.calls;
  }

  clearCalls(): void {
    this.calls.clear();
  }

  clear(): void {
    this.postbacks.length = 0;
    this.chronological = true;
    this.firstLocking = Number.POSITIVE_INFINITY;
    this.requestLog.length = 0;
    this.actionList.length = 0;
    for (const map of [
      this.clicks,
      this.submissions,
      this.referrals,
      this.actionsById,
      this.actionsByKey,
      this.actionsByOrder,
      this.calls,
      this.actionsByClick,
    ]) {
      map.clear();
    }
  }

  requests(): readonly RequestEntry[] {
    return this.requestLog;
  }
}

function append<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
