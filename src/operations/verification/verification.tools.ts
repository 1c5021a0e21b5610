import type { Action, ImpactApiClient } from '../../api/index.js';
import type { ResolvedImpactOptions } from '../../config/index.js';
import type { ConversionService } from '../../conversions/index.js';
import type { BrowserProbe } from './browser.probe.js';
import type { Pacer } from './pacer.js';
import type { VerificationReader } from './verification.reader.js';
import type { CaseState, Finding, StepResult, VerificationState } from './verification.types.js';

/** Milliseconds. */
export interface Patience {
  /** For the person to place the order. */
  readonly order: number;
  /** For the call that tells impact.com of the sale. */
  readonly submission: number;
  /** For the action to appear, and for each correction to be confirmed. */
  readonly action: number;
}

/** What a person or a progress line hears while it runs. */
export interface VerificationObserver {
  /** Something was found out. */
  found(result: StepResult, of: CaseState | null): void;
  /** Something is waited for. */
  waiting(what: string, of: CaseState | null): void;
}

/** Everything that a verification works with: each can be another one in a test. */
export interface VerificationTools {
  readonly options: ResolvedImpactOptions;
  readonly api: Pick<
    ImpactApiClient,
    'companyInformation' | 'getAction' | 'getActionItems' | 'getSubmission' | 'walkActions'
  >;
  readonly reader: VerificationReader;
  readonly conversions: Pick<ConversionService, 'explain' | 'modify' | 'reverse'>;
  /** Records the synthetic sales of one event type. */
  readonly sellerOf: (eventTypeId: string) => Pick<ConversionService, 'record'>;
  /** Keeps actions of an event type that the app does not read by itself; null for its own. */
  readonly takerOf: (eventTypeId: string) => ((actions: readonly Action[]) => Promise<void>) | null;
  readonly pacer: Pacer;
  readonly patience: Patience;
  readonly observer: VerificationObserver;
  /** Null when no browser is installed. */
  readonly browser: BrowserProbe | null;
  /** Asks the person; null when nobody answers. */
  readonly confirm: (question: string) => Promise<boolean | null>;
  /** Keeps the state where the next run finds it. */
  readonly save: (state: VerificationState) => void;
  readonly signal: AbortSignal;
}

/** Notes what was found in a run, once per step, and keeps it. */
export class Findings {
  constructor(
    private readonly state: VerificationState,
    private readonly of: CaseState | null,
    private readonly tools: Pick<VerificationTools, 'observer' | 'save'>,
  ) {}

  has(step: StepResult['step']): boolean {
    return this.#results.some((result) => result.step === step);
  }

  /** Looked at, and not to be looked at again: what failed may go well now. */
  done(step: StepResult['step']): boolean {
    return this.#results.some((result) => result.step === step && result.outcome !== 'failed');
  }

  proved(step: StepResult['step']): boolean {
    return this.#results.some((result) => result.step === step && result.outcome === 'proved');
  }

  add(finding: Finding): void {
    const result: StepResult = { ...finding, at: new Date().toISOString() };
    const known = this.#results.findIndex(({ step }) => step === finding.step);
    if (known >= 0) this.#results.splice(known, 1, result);
    else this.#results.push(result);
    this.tools.observer.found(result, this.of);
    this.save();
  }

  save(): void {
    this.tools.save(this.state);
  }

  get #results(): StepResult[] {
    return (this.of ?? this.state).results;
  }
}
