import type { FaultPlan } from './faults/fault.plan.js';
import { environmentLines } from './pages/environment.lines.js';
import { ActionPrinter } from './rules/action.view.js';
import { submissionView } from './rules/submission.view.js';
import { startApp, type RunningApp } from './sandbox.app.js';
import { SandboxOptionError } from './sandbox.errors.js';
import { trackingLink, type TrackingLinkOptions } from './state/tracking.link.js';
import type { SandboxOptions, SandboxPostbacks } from './sandbox.options.js';
import { resolveSettings } from './sandbox.settings.js';
import type {
  SandboxAction,
  SandboxClick,
  SandboxPostback,
  SandboxRequest,
  SandboxSubmission,
} from './sandbox.types.js';
import { Sandbox } from './state/sandbox.state.js';
import type { OfficeDecision } from './worker/action.office.js';
import type { OfficeOrder, PlantedAction } from './worker/action.planter.js';

export interface SandboxCredentials {
  readonly accountSid: string;
  readonly authToken: string;
  readonly campaignId: string;
  readonly eventTypeId: string;
}

/**
 * A local impact.com over real HTTP, for development and tests: tracking links, conversions, submissions, actions,
 * corrections, faults and a clock that can be moved. Everything is kept in memory.
 *
 * ```ts
 * const sandbox = await ImpactSandbox.start({ settleAfter: '500ms' });
 * sandbox.trackingLink({ landingUrl: 'http://localhost:3000/shoes' });
 * await sandbox.close();
 * ```
 */
export class ImpactSandbox {
  /** Where it listens, without a slash at the end. Give it to the client as its base URL. */
  readonly url: string;
  /** What the first program and event type are called with. */
  readonly credentials: SandboxCredentials;
  /** `IMPACT_*` lines for the `.env` of an app that is to talk to this sandbox. */
  readonly environment: string;

  private constructor(
    private readonly sandbox: Sandbox,
    private readonly app: RunningApp,
  ) {
    const { accountSid, authToken, programs, eventTypes } = sandbox.settings;
    this.url = sandbox.url;
    this.environment = environmentLines(sandbox);
    this.credentials = {
      accountSid,
      authToken,
      campaignId: programs[0]?.id ?? '',
      eventTypeId: eventTypes[0]?.id ?? '',
    };
  }

  /** @throws {SandboxOptionError} a wrong option. @throws {SandboxStartError} the port is taken. */
  static async start(options: SandboxOptions = {}): Promise<ImpactSandbox> {
    const sandbox = new Sandbox(resolveSettings(options));
    return new ImpactSandbox(sandbox, await startApp(sandbox));
  }

  /**
   * A link that a partner would publish. The landing page's domain becomes an allowed deep-link domain of the
   * program, unless that lists its own. Default partner: the first one, or the test partner with `test`.
   */
  trackingLink(to: TrackingLinkOptions): string {
    return trackingLink(this.sandbox, to);
  }

  /** Oldest first, like every list here. */
  async clicks(): Promise<SandboxClick[]> {
    return [...this.sandbox.store.clicks.values()];
  }

  async submissions(): Promise<SandboxSubmission[]> {
    const now = this.sandbox.clock.now();
    return [...this.sandbox.store.submissions.values()].map((record) => submissionView(record, now));
  }

  /** All of them, also those that the listing does not show yet. */
  async actions(): Promise<SandboxAction[]> {
    const printer = this.printer();
    return this.sandbox.store.actions().map((action) => printer.view(action));
  }

  /** Every API call in the order of arrival, with what was sent and answered; credentials are not kept. */
  async requests(): Promise<SandboxRequest[]> {
    return this.sandbox.store.requests().map((entry) => ({ ...entry }));
  }

  /** Every call to the brand in the order in which it was made. */
  async postbacks(): Promise<SandboxPostback[]> {
    return this.sandbox.store.postbacks.map((entry) => ({ ...entry }));
  }

  /**
   * How many API calls came in by kind, such as `GET /Actions`, `GET /Actions/{id}` or `POST /Conversions`, since the
   * start, `reset()` or `clearCalls()`; refused and faulted ones count.
   */
  calls(): Readonly<Record<string, number>>;
  /** How many of one kind. */
  calls(kind: string): number;
  calls(kind?: string): number | Readonly<Record<string, number>> {
    const counts = this.sandbox.store.callCounts();
    return kind === undefined ? Object.fromEntries(counts) : (counts.get(kind) ?? 0);
  }

  /** Counts from 0 again. */
  clearCalls(): void {
    this.sandbox.store.clearCalls();
  }

  /** Switches a fault on. With several, the first that matches a call is used. */
  fault(plan: FaultPlan): void {
    this.app.switchboard.add(plan);
  }

  clearFaults(): void {
    this.app.switchboard.clear();
  }

  /** Finishes every submission that waits, without waiting for it, and every postback under way. */
  async settle(): Promise<void> {
    this.app.worker.run(true);
    await this.app.postbacks.idle();
  }

  /** Where postbacks go from now on; `null` for nowhere. For an app whose port is known only after the start. */
  postbackTo(plan: SandboxPostbacks | null): void {
    this.sandbox.postbackPlan = plan;
  }

  /** Waits until no postback is under way. */
  async idle(): Promise<void> {
    await this.app.postbacks.idle();
  }

  /**
   * Moves the sandbox's clock: an absolute date, or a step such as `'+40d'` or `'-2h'`. Submissions that become due
   * are finished at once; locking, approval and clearing follow the clock.
   */
  travel(to: Date | string): void {
    this.sandbox.clock.travel(to);
    this.app.worker.run();
  }

  /** The sandbox's time. */
  now(): Date {
    return this.sandbox.clock.now();
  }

  /**
   * What a person does in the vendor's interface: approve (locks it now), reverse, restore, or re-attribute (the
   * action is reversed and a new one with the same order id appears).
   *
   * @throws {SandboxOptionError} no such action, or it is locked.
   */
  decide(actionId: string, decision: OfficeDecision): void {
    if (!this.sandbox.store.action(actionId)) {
      throw new SandboxOptionError('actionId', actionId, 'there is no such action.');
    }
    this.app.planter.carryOut(actionId, decision);
  }

  /**
   * The same and more, by action id or by order id (then it is the newest action that can be meant): decisions, a
   * duplicate, hiding, and differences that are planted in place. Answers the action as it is then; after a
   * re-attribution or a duplicate, the new one.
   *
   * @throws {SandboxOptionError} no such action, it is locked, or it does not allow that.
   */
  office(orderIdOrActionId: string, order: OfficeOrder): SandboxAction {
    return this.printer().view(this.app.planter.carryOut(orderIdOrActionId, order));
  }

  /** Makes an action that no submission asked for, such as one of an order that the shop never had. */
  plant(action: PlantedAction): SandboxAction {
    return this.printer().view(this.app.planter.plant(action));
  }

  /**
   * Forgets clicks, submissions, actions and requests, and puts clock, rate limit and faults back to where they
   * were at the start: between two tests, far cheaper than another sandbox.
   */
  reset(): void {
    this.app.reset();
  }

  /** Closes every connection, also idle keep-alive ones, and every timer. */
  async close(): Promise<void> {
    await this.app.close();
  }

  private printer(): ActionPrinter {
    return new ActionPrinter(this.sandbox.settings, this.sandbox.clock.now());
  }
}
