import { HttpService } from '@nestjs/axios';
import { Inject, Injectable } from '@nestjs/common';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../config/index.js';
import { encodeForm } from '../wire/index.js';
import type { ApiParameter } from './api.model.js';
import { HttpExchange } from './http.exchange.js';
import { userAgent } from './user-agent.js';

/** A page view is worth little, and one that hangs keeps others waiting. */
const LONGEST = 5_000;
const LONGEST_ANSWER = 16 * 1024;

/** What came of one call: no error, because nobody is owed one. */
export type Tracked =
  | { readonly is: 'taken' }
  | {
      readonly is: 'failed';
      /** A status, or Node's code. */
      readonly why: string;
    };

/**
 * impact.com's tracking host (docs/vendor-contract.md §8.5). It knows no authentication: no credential is
 * given to this class, and none goes there.
 */
@Injectable()
export class ImpactTrackingClient {
  readonly #exchange: HttpExchange;
  readonly #url: URL | null;
  readonly #headers = {
    Accept: 'application/json',
    'Content-Type': 'application/x-www-form-urlencoded',
    'User-Agent': userAgent(),
  };

  constructor(
    @Inject(HttpService) http: HttpService,
    @Inject(IMPACT_OPTIONS) { capture: { pageLoad }, delivery }: ResolvedImpactOptions,
  ) {
    this.#exchange = new HttpExchange(http, Math.min(delivery.timeout, LONGEST));
    this.#url = pageLoad === false ? null : new URL(`${pageLoad.baseUrl}/PageLoad`);
  }

  /** Reports one page view. Never rejects, and never tries twice. */
  async pageLoad(parameters: readonly ApiParameter[]): Promise<Tracked> {
    if (this.#url === null) return { is: 'failed', why: 'NOT_CONFIGURED' };
    const exchange = await this.#exchange.send({
      method: 'POST',
      url: this.#url,
      headers: this.#headers,
      body: encodeForm(parameters),
      longestAnswer: LONGEST_ANSWER,
    });
    if (exchange.kind === 'failed') return { is: 'failed', why: exchange.networkCode };
    const { status } = exchange;
    return status >= 200 && status < 300 ? { is: 'taken' } : { is: 'failed', why: `status ${status}` };
  }
}
