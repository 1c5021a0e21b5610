import type { NextFunction, Request, Response } from 'express';
import type { FaultPlan } from '../faults/fault.plan.js';
import { faultName, type FaultSwitchboard } from '../faults/fault.switchboard.js';
import type { Sandbox } from '../state/sandbox.state.js';
import { spoilAnswer } from './answer.spoiler.js';
import type { HeldAnswers } from './held.answers.js';
import type { RateLimit } from './rate.middleware.js';
import { callOf } from './sandbox.call.js';

const TAKEN = new Set(['slow', 'drip', 'cut-after-acceptance']);
const SLOW_MS = 1_000;

export interface FaultTools {
  readonly switchboard: FaultSwitchboard;
  readonly limit: RateLimit;
  readonly held: HeldAnswers;
  /** Changes an action, so that rows move. */
  churn(plan: FaultPlan): void;
  /** Hides an action; answers what shows it again. */
  withhold(plan: FaultPlan): () => void;
}

export function injectFaults(sandbox: Sandbox, tools: FaultTools) {
  return (_request: Request, response: Response, next: NextFunction): void => {
    const call = callOf(response);
    const plan = call.api ? tools.switchboard.take(call) : null;
    if (!plan) {
      next();
      return;
    }
    if (call.entry) call.entry.fault = faultName(plan);
    if (plan.kind === 'churn') {
      tools.churn(plan);
      next();
      return;
    }
    if (plan.kind === 'late') {
      const show = tools.withhold(plan);
      interceptEnd(response, (end) => {
        show();
        end();
      });
      next();
      return;
    }
    if (plan.kind === 'lost') {
      response.locals['call'] = { ...call, lost: true };
      next();
      return;
    }
    const taken = plan.taken ?? TAKEN.has(plan.kind ?? '');
    if (taken) {
      // Everything happens as usual; only what the client gets to see is different.
      interceptEnd(response, (end) => spoil(sandbox, tools, response, plan, end));
      next();
    } else if (plan.kind === 'slow') {
      tools.held.after(plan.delayMs ?? SLOW_MS, response, () => {
        if (!response.destroyed) next();
      });
    } else spoil(sandbox, tools, response, plan, () => next());
  };
}

function spoil(
  sandbox: Sandbox,
  tools: FaultTools,
  response: Response,
  plan: FaultPlan,
  end: () => void,
): void {
  if (plan.kind === 'slow') tools.held.after(plan.delayMs ?? SLOW_MS, response, end);
  else spoilAnswer(response, plan, { sandbox, limit: tools.limit, held: tools.held });
}

/** Stops the answer just before it leaves; `end` lets it go. */
function interceptEnd(response: Response, then: (end: () => void) => void): void {
  const original = response.end.bind(response) as (...sent: unknown[]) => Response;
  response.end = ((...sent: unknown[]) => {
    response.end = original as typeof response.end;
    response.locals['body'] = sent[0];
    then(() => {
      if (!response.destroyed) original(...sent);
    });
    return response;
  }) as typeof response.end;
}
