import { SandboxOptionError } from '../sandbox.errors.js';
import type { FaultedCall, FaultKind, FaultPlan } from './fault.plan.js';

const KINDS: ReadonlySet<string> = new Set<FaultKind>([
  'slow',
  'cut-before',
  'cut-after-acceptance',
  'drip',
  'garbage',
  'html',
  'redirect',
  'huge',
  'churn',
  'late',
  'lost',
]);

/** The faults that are switched on; the first that matches a call is used. */
export class FaultSwitchboard {
  private plans: { readonly plan: FaultPlan; left: number }[] = [];

  add(plan: FaultPlan): void {
    if (plan.status === undefined && plan.kind === undefined) {
      throw new SandboxOptionError('fault', plan, 'give a status such as 503, or a kind such as "slow".');
    }
    if (plan.kind !== undefined && !KINDS.has(plan.kind)) {
      throw new SandboxOptionError('fault.kind', plan.kind, `use one of ${[...KINDS].join(', ')}.`);
    }
    if (plan.times !== undefined && !(Number.isInteger(plan.times) && plan.times > 0)) {
      throw new SandboxOptionError(
        'fault.times',
        plan.times,
        'give a whole number above 0, or leave it out.',
      );
    }
    this.plans.push({ plan, left: plan.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.plans = [];
  }

  /** Uses up one hit of the first plan that matches. */
  take(call: FaultedCall): FaultPlan | null {
    const found = this.plans.find(({ plan }) => matches(plan, call));
    if (!found) return null;
    found.left -= 1;
    if (found.left <= 0) this.plans = this.plans.filter((entry) => entry !== found);
    return found.plan;
  }

  list(): readonly { readonly plan: FaultPlan; readonly left: number }[] {
    return this.plans;
  }
}

export const faultName = (plan: FaultPlan): string => plan.kind ?? `${plan.status}`;

function matches({ on = 'all' }: FaultPlan, call: FaultedCall): boolean {
  if (on === 'all') return true;
  if (typeof on === 'function') return on(call);
  return on instanceof RegExp ? on.test(`${call.method} ${call.path}`) : on === call.operation;
}
