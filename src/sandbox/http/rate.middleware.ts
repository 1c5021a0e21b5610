import type { NextFunction, Request, Response } from 'express';
import type { SandboxSettings } from '../sandbox.settings.js';
import type { Sandbox } from '../state/sandbox.state.js';
import { renderError } from './error.filter.js';
import { callOf } from './sandbox.call.js';
import { VendorError } from './vendor.answer.js';

const HOUR = 3_600_000;

/** The hourly budget of the account, counted from the first call of each hour of the sandbox's clock. */
export class RateLimit {
  private windowEnds = 0;
  private used = 0;

  constructor(private readonly sandbox: Sandbox) {}

  reset(): void {
    this.windowEnds = 0;
    this.used = 0;
  }

  /** Counts one call; `false` when the budget is spent. */
  take(): boolean {
    const now = this.sandbox.clock.now().getTime();
    // A journey into the past also ends a window.
    if (now >= this.windowEnds || now < this.windowEnds - HOUR) {
      this.windowEnds = now + HOUR;
      this.used = 0;
    }
    this.used += 1;
    return this.used <= this.sandbox.settings.rateLimit;
  }

  secondsLeft(): number {
    return Math.max(0, Math.ceil((this.windowEnds - this.sandbox.clock.now().getTime()) / 1_000));
  }

  headers(spent = false): Record<string, string> {
    const { settings } = this.sandbox;
    const limit = Number.isFinite(settings.rateLimit) ? settings.rateLimit : 1_000_000;
    const remaining = spent ? 0 : Math.max(0, limit - this.used);
    return rateHeaders(settings, limit, remaining, this.resetValue());
  }

  private resetValue(): string {
    return this.sandbox.settings.rateLimitReset === 'epoch'
      ? `${Math.ceil(this.windowEnds / 1_000)}`
      : `${this.secondsLeft()}`;
  }
}

/** Brand and partner pages spell them differently (docs/vendor-contract.md §7.1). */
function rateHeaders(
  settings: Pick<SandboxSettings, 'rateLimitHeaders'>,
  limit: number,
  remaining: number,
  reset: string,
): Record<string, string> {
  return settings.rateLimitHeaders === 'brand'
    ? { 'X-RateLimit-Limit': `${limit}`, 'X-RateLimit-Remaining': `${remaining}`, 'X-RateLimit-Reset': reset }
    : {
        'X-RateLimit-Limit-hour': `${limit}`,
        'X-RateLimit-Remaining-hour': `${remaining}`,
        'RateLimit-Reset': reset,
      };
}

export const resetHeader = (settings: Pick<SandboxSettings, 'rateLimitHeaders'>): string =>
  settings.rateLimitHeaders === 'brand' ? 'X-RateLimit-Reset' : 'RateLimit-Reset';

export function countCall(sandbox: Sandbox, limit: RateLimit) {
  return (_request: Request, response: Response, next: NextFunction): void => {
    const call = callOf(response);
    if (!call.api || call.operation === 'pageload') {
      next();
      return;
    }
    const allowed = limit.take();
    for (const [name, value] of Object.entries(limit.headers())) response.setHeader(name, value);
    if (allowed) {
      next();
      return;
    }
    if (sandbox.settings.retryAfterHeader) response.setHeader('Retry-After', `${limit.secondsLeft()}`);
    renderError(response, new VendorError(429, 'Too many requests'), sandbox.settings);
  };
}
