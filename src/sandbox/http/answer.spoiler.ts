import type { Response } from 'express';
import type { FaultPlan } from '../faults/fault.plan.js';
import type { Sandbox } from '../state/sandbox.state.js';
import { renderError } from './error.filter.js';
import type { HeldAnswers } from './held.answers.js';
import { resetHeader, type RateLimit } from './rate.middleware.js';
import { VendorError } from './vendor.answer.js';

export interface SpoilTools {
  readonly sandbox: Sandbox;
  readonly limit: RateLimit;
  readonly held: HeldAnswers;
}

const DRIP_MS = 50;
const HUGE_BYTES = 8 * 1024 * 1024;
const CHUNK = 64 * 1024;
const MESSAGES: Readonly<Record<number, string>> = {
  400: 'Validation Failed',
  401: 'Invalid credentials',
  403: 'The token is not allowed to use this endpoint',
  408: 'Request timeout',
  429: 'Too many requests',
};

/** Sends what the plan says in place of the proper answer, or nothing at all. */
export function spoilAnswer(response: Response, plan: FaultPlan, tools: SpoilTools): void {
  const body = response.locals['body'] as string | Buffer | undefined;
  if (plan.kind !== 'drip') clearBodyHeaders(response);
  if (plan.retryAfter !== undefined) response.setHeader('Retry-After', `${plan.retryAfter}`);
  switch (plan.kind) {
    case 'cut-before':
    case 'cut-after-acceptance':
      response.socket?.destroy();
      return;
    case 'drip':
      drip(response, Buffer.from(body ?? ''), plan.delayMs ?? DRIP_MS, tools.held);
      return;
    case 'garbage':
      response.status(200).setHeader('Content-Type', 'application/json').end('{"Status":"QUEUED","Queu');
      return;
    case 'html':
      response
        .status(plan.status ?? 200)
        .setHeader('Content-Type', 'text/html')
        .end('<!doctype html><html><body><h1>Service temporarily unavailable</h1></body></html>');
      return;
    case 'redirect':
      response
        .status(302)
        .setHeader('Location', plan.location ?? `${tools.sandbox.url}/`)
        .end();
      return;
    case 'huge':
      huge(response, plan.bytes ?? HUGE_BYTES);
      return;
    default:
      refuse(response, plan, tools);
  }
}

function refuse(response: Response, plan: FaultPlan, { sandbox, limit }: SpoilTools): void {
  const status = plan.status ?? 500;
  if (status === 429) {
    for (const [name, value] of Object.entries(limit.headers(true))) response.setHeader(name, value);
    if (plan.reset !== undefined) response.setHeader(resetHeader(sandbox.settings), `${plan.reset}`);
    if (sandbox.settings.retryAfterHeader && plan.retryAfter === undefined) {
      response.setHeader('Retry-After', `${limit.secondsLeft()}`);
    }
  }
  renderError(response, new VendorError(status, MESSAGES[status] ?? 'Server error'), sandbox.settings);
}

function clearBodyHeaders(response: Response): void {
  for (const name of ['Content-Length', 'ETag', 'Content-Type']) response.removeHeader(name);
}

function drip(response: Response, body: Buffer, delay: number, held: HeldAnswers): void {
  const step = (at: number): void => {
    if (response.destroyed) return;
    const byte = body.subarray(at, at + 1);
    // The last byte and the end go together: a client that counts bytes is done with it.
    if (at + 1 >= body.length) {
      response.end(byte);
      return;
    }
    response.write(byte);
    held.after(delay, response, () => step(at + 1));
  };
  step(0);
}

/** Valid JSON, far more of it than anybody wants; waits for a slow reader instead of filling memory. */
function huge(response: Response, bytes: number): void {
  response.status(200).setHeader('Content-Type', 'application/json');
  response.write('{"Status":"QUEUED","Padding":"');
  const chunk = 'x'.repeat(CHUNK);
  const pour = (left: number): void => {
    for (let rest = left; rest > 0; rest -= CHUNK) {
      if (response.destroyed) return;
      if (!response.write(chunk)) {
        response.once('drain', () => pour(rest - CHUNK));
        return;
      }
    }
    response.end('"}');
  };
  pour(bytes);
}
