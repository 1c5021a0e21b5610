import { attempt } from './attempt.js';
import { checkLink } from './link.check.js';
import { OrderCheck } from './order.check.js';
import { Findings, type VerificationTools } from './verification.tools.js';
import type {
  CaseState,
  CaseVariant,
  StepResult,
  VerificationPlan,
  VerificationState,
} from './verification.types.js';

/** What a run is about, and whose. */
export interface NewRun {
  readonly id: string;
  readonly now: Date;
  readonly account: string;
  readonly environment: string;
  readonly campaignId: string;
  readonly plan: VerificationPlan;
}

/** A run before its first step: one order of a person's own, or a matrix of synthetic ones. */
export function newRun({ id, now, account, environment, campaignId, plan }: NewRun): VerificationState {
  const variants: CaseVariant[] = plan.synthetic ? ['plain', 'code-and-discount'] : ['own-order'];
  const eventTypes = plan.synthetic ? plan.eventTypes : plan.eventTypes.slice(0, 1);
  const cases = eventTypes.flatMap((eventTypeId) =>
    variants.map((variant, index): CaseState => ({
      id: plan.synthetic ? `${eventTypeId}-${variant}` : variant,
      eventTypeId,
      variant,
      orderId: plan.synthetic ? `VERIFY-${id}-${eventTypeId}-${index + 1}` : plan.orderId,
      paidAt: null,
      submissionId: null,
      actionId: null,
      worth: null,
      results: [],
      reversalRecorded: false,
    })),
  );
  return {
    version: 1,
    id,
    startedAt: now.toISOString(),
    account,
    environment,
    campaignId,
    plan,
    clickId: null,
    landingUrl: null,
    partnerId: null,
    chain: [],
    results: [],
    cases,
    finishedAt: null,
  };
}

/**
 * The vendor's end-to-end test (docs/vendor-contract.md §9.3): the link, the click, the order, the submission, the
 * action, a change and the reversal.
 *
 * - What was found is kept after every step: a run that was ended goes on where it stopped.
 * - Only an order with the click of this run's link is touched.
 * - Whatever goes wrong, the reversal of an order that was found is recorded in the ledger before the run ends.
 */
export async function runVerification(
  state: VerificationState,
  tools: VerificationTools,
): Promise<VerificationState> {
  const findings = new Findings(state, null, tools);
  findings.save();
  if (!findings.done('account')) await checkAccount(findings, tools);
  if (!findings.done('capture') && !tools.signal.aborted) await checkLink(state, tools);
  if (tools.signal.aborted) return state;
  if (canBeOrdered(state)) {
    const failures = await Promise.allSettled(
      state.cases
        .filter((one) => !isFinished(one, state))
        .map((one) => new OrderCheck(state, one, tools).run()),
    );
    for (const failure of failures) if (failure.status === 'rejected') throw failure.reason;
  }
  if (!tools.signal.aborted) {
    state.finishedAt = new Date().toISOString();
    findings.save();
  }
  return state;
}

async function checkAccount(findings: Findings, { api, options }: VerificationTools): Promise<void> {
  const company = await attempt(() => api.companyInformation());
  const expected = 'the credentials are good';
  findings.add(
    company === null
      ? {
          step: 'account',
          outcome: 'not-proved',
          expected,
          seen: 'impact.com did not say',
          fix: 'nestjs-impact doctor looks closer: the credentials, and each scope of the token.',
        }
      : {
          step: 'account',
          outcome: 'proved',
          expected,
          seen: `${company.companyName ?? 'the account'} answers at ${new URL(options.baseUrl).host}`,
          fix: null,
        },
  );
}

/** Without its click no order of a person's can be found; a synthetic one needs none of the shop's pages. */
function canBeOrdered({ clickId, plan, results }: VerificationState): boolean {
  if (clickId === null) return false;
  const failed = (step: StepResult['step']): boolean =>
    results.some((each) => each.step === step && each.outcome === 'failed');
  return (
    plan.synthetic ||
    plan.orderId !== null ||
    !(failed('click-id') || failed('checkout') || (failed('cookie') && failed('capture')))
  );
}

const isFinished = (one: CaseState, { plan }: VerificationState): boolean =>
  one.results.some(({ step, outcome }) =>
    plan.via === 'test-actions'
      ? step === 'test-actions' && outcome !== 'failed'
      : step === 'reversal' && outcome === 'proved',
  );
