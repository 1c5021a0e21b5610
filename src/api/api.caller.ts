import type { HttpService } from '@nestjs/axios';
import type { ResolvedImpactOptions } from '../config/index.js';
import { encodeForm, toJsonBody } from '../wire/index.js';
import { acceptedWrite } from './answer.mapper.js';
import type { ImpactApiError } from './api.errors.js';
import { refused, unreachable, unusable, type CallName } from './api.failures.js';
import type { AcceptedWrite, ApiParameter } from './api.model.js';
import type { CallWitness } from './call.witness.js';
import { decodeBody } from './body.rules.js';
import type { Fields } from './fields.reader.js';
import type { ExchangeRequest } from './exchange.types.js';
import { HttpExchange } from './http.exchange.js';
import { readProblems } from './problems.rules.js';
import { readRate, type RateState } from './rate.rules.js';
import { createRedactor, type Credentials } from './redactor.js';
import { userAgent } from './user-agent.js';

/** Statuses that say all there is to say: they concern the account, the way or the moment, never the sale. */
const STANDS_ALONE: ReadonlySet<number> = new Set([401, 403, 407, 408, 421, 425, 429]);

/** A write or a look-up is answered in a few hundred bytes. */
const LONGEST_ANSWER = 64 * 1024;
/** 20,000 actions, the vendor's largest page, at three kilobytes each. */
export const LONGEST_LISTING = 64 * 1024 * 1024;

export type BodyFormat = ResolvedImpactOptions['delivery']['bodyFormat'];

interface ReadCall extends CallName {
  readonly url: URL;
}

interface WriteCall extends ReadCall {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly body: { readonly parameters: readonly ApiParameter[]; readonly format: BodyFormat };
}

interface Understood {
  readonly fields: Fields;
  readonly rate: RateState;
  /** The failure of an answer that lacks something which the contract promises. */
  readonly lacking: (what: string) => ImpactApiError;
}

/** Makes a call of one account and turns whatever comes of it into an answer or one of the three errors. */
export class ApiCaller {
  readonly #exchange: HttpExchange;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #credentials: Credentials;

  constructor(
    http: HttpService,
    { accountSid, authToken, apiVersion, delivery }: ResolvedImpactOptions,
    private readonly witness?: CallWitness,
  ) {
    this.#exchange = new HttpExchange(http, delivery.timeout);
    this.#credentials = { accountSid, authToken };
    this.#headers = {
      Accept: 'application/json',
      Authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`, 'utf8').toString('base64')}`,
      'User-Agent': userAgent(),
      ...(apiVersion === null ? {} : { 'IR-Version': apiVersion }),
    };
  }

  /** A write counts as taken only with proof. */
  async write(call: WriteCall): Promise<AcceptedWrite> {
    return this.#witnessed(call, () => this.#write(call));
  }

  async #write(call: WriteCall): Promise<AcceptedWrite> {
    const { type, text } = render(call.body);
    const { fields, rate, lacking } = await this.#call(
      call,
      {
        method: call.method,
        url: call.url,
        headers: { ...this.#headers, 'Content-Type': type },
        body: text,
        longestAnswer: LONGEST_ANSWER,
      },
      call.body.parameters,
    );
    const accepted = acceptedWrite(fields);
    if (accepted === null) throw lacking('no proof of acceptance (a status and a URI)');
    return { ...accepted, rate };
  }

  /**
   * @param map `null` when the body is not what was asked for.
   * @param expected what was asked for, in words.
   */
  async read<T>(
    call: ReadCall,
    map: (body: Fields) => T | null,
    expected: string,
    longestAnswer: number = LONGEST_ANSWER,
  ): Promise<T & { rate: RateState }> {
    return this.#witnessed(call, () => this.#read(call, map, expected, longestAnswer));
  }

  async #read<T>(
    call: ReadCall,
    map: (body: Fields) => T | null,
    expected: string,
    longestAnswer: number,
  ): Promise<T & { rate: RateState }> {
    const { fields, rate, lacking } = await this.#call(call, {
      method: 'GET',
      url: call.url,
      headers: this.#headers,
      body: null,
      longestAnswer,
    });
    const answer = map(fields);
    if (answer === null) throw lacking(`something other than ${expected}`);
    return { ...answer, rate };
  }

  async #witnessed<T>(call: CallName, work: () => Promise<T>): Promise<T> {
    return this.witness === undefined ? work() : this.witness.call(call, work);
  }

  async #call(
    call: CallName,
    request: ExchangeRequest,
    parameters: readonly ApiParameter[] = [],
  ): Promise<Understood> {
    const exchange = await this.#exchange.send(request);
    if (exchange.kind === 'failed') {
      throw unreachable(call, exchange.networkCode, exchange.requestMayHaveArrived);
    }
    const { status, headers, text } = exchange;
    const rate = readRate(headers, new Date());
    const lacking = (why: string): ImpactApiError => unusable(call, why, { status, rate });

    if (status >= 300 && status < 400) throw lacking('a redirect, which is not followed');
    const { fields, why } = text === null ? { fields: null, why: exchange.why } : decodeBody(text);
    // Proxies and firewalls refuse in HTML: what they say is no judgement of the vendor's on this sale.
    if (fields === null && status >= 400 && status < 500 && !STANDS_ALONE.has(status)) {
      throw lacking(`a ${status} that impact.com did not word`);
    }
    // A 5xx stands whatever its body is; a body that says ERROR stands whatever its status is.
    if (status >= 400 || fields?.text('Status')?.toUpperCase() === 'ERROR') {
      const redact = createRedactor(this.#credentials, parameters);
      throw refused(call, status, fields === null ? [] : readProblems(fields, redact), rate);
    }
    if (fields === null) throw lacking(why ?? 'unreadable');
    return { fields, rate, lacking };
  }
}

function render({ parameters, format }: WriteCall['body']): { type: string; text: string } {
  if (format === 'json') {
    return { type: 'application/json', text: toJsonBody(parameters) };
  }
  return { type: 'application/x-www-form-urlencoded', text: encodeForm(parameters) };
}
