import { HttpService } from '@nestjs/axios';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../config/index.js';
import { AccountPaths } from './account.paths.js';
import { actionListParameters, DEFAULT_PAGE_SIZE } from './action.query.js';
import {
  action,
  actionItem,
  companyInformation,
  pageEnvelope,
  promoCode,
  submission,
  vendorClick,
} from './answer.mapper.js';
import type {
  AcceptedWrite,
  ActionAnswer,
  ActionItemsAnswer,
  ActionPage,
  ActionQuery,
  ApiParameter,
  CompanyInformation,
  PromoCodePage,
  Submission,
  VendorClick,
} from './api.model.js';
import { unusable, type CallName } from './api.failures.js';
import { ApiCaller, LONGEST_LISTING, type BodyFormat } from './api.caller.js';
import { CALL_WITNESS, type CallWitness } from './call.witness.js';
import { Fields } from './fields.reader.js';
import { NO_RATE } from './rate.rules.js';

/** The vendor refuses more than ten pages per listing (docs/vendor-contract.md §5.1); beyond this something is wrong. */
const MOST_PAGES = 1000;

export interface PageQuery {
  /** From 1. Default 1. */
  readonly page?: number;
  /** Rows per page. Default 2000. */
  readonly pageSize?: number;
}

/**
 * impact.com's brand API: one method per endpoint (docs/vendor-contract.md §3 to §5, §10.3).
 *
 * - Every method resolves with what the contract promises or rejects with one of three
 *   {@link ImpactApiError}s; it never retries beyond one stale socket, and never waits for a rate window.
 * - No error, and nothing printed of this class, holds a credential, a request or customer data.
 * - `delivery.timeout` is a total deadline; redirects are never followed; answers are cut at 64 KB, listings
 *   at 64 MB; an https proxy of the environment is used through a tunnel, a plain http one never is.
 *
 * All methods throw `ImpactApiRefusedError`, `ImpactApiUnreachableError` or `ImpactApiAnswerUnusableError`,
 * and `ImpactConfigurationError` when the account id cannot be part of a path.
 */
@Injectable()
export class ImpactApiClient {
  readonly #paths: AccountPaths;
  readonly #caller: ApiCaller;
  readonly #campaignId: string;
  readonly #bodyFormat: BodyFormat;

  constructor(
    @Inject(HttpService) http: HttpService,
    @Inject(IMPACT_OPTIONS) options: ResolvedImpactOptions,
    @Optional() @Inject(CALL_WITNESS) witness?: CallWitness,
  ) {
    this.#paths = new AccountPaths(options.baseUrl, options.accountSid);
    this.#caller = new ApiCaller(http, options, witness);
    this.#campaignId = options.campaignId;
    this.#bodyFormat = options.delivery.bodyFormat;
  }

  /**
   * Reports one sale (docs/vendor-contract.md §3). There is no idempotency key: a repeated order id is
   * recognised by the vendor only inside an unpublished window.
   *
   * @returns proof that it was taken, not that it was credited.
   */
  async submitConversion(parameters: readonly ApiParameter[]): Promise<AcceptedWrite> {
    return this.#caller.write({
      name: 'POST Conversions',
      scope: 'Conversions: write',
      method: 'POST',
      url: this.#paths.to(['Conversions']),
      body: { parameters, format: this.#bodyFormat },
    });
  }

  /** Changes an action that has not locked (docs/vendor-contract.md §5.4). Only queues, like a conversion. */
  async modifyAction(parameters: readonly ApiParameter[]): Promise<AcceptedWrite> {
    return this.#caller.write({
      name: 'PUT Actions',
      scope: 'Actions: write',
      method: 'PUT',
      url: this.#paths.to(['Actions']),
      body: { parameters, format: 'form' },
    });
  }

  /** Reverses an action that has not locked (docs/vendor-contract.md §5.5): a DELETE with a form body. */
  async reverseAction(parameters: readonly ApiParameter[]): Promise<AcceptedWrite> {
    return this.#caller.write({
      name: 'DELETE Actions',
      scope: 'Actions: write',
      method: 'DELETE',
      url: this.#paths.to(['Actions']),
      body: { parameters, format: 'form' },
    });
  }

  /**
   * What became of a queued record (docs/vendor-contract.md §4).
   *
   * @param idOrUri a submission id, or the `queuedUri` of an answer; a URI that leads to another host or
   * account is not followed.
   */
  async getSubmission(idOrUri: string): Promise<Submission> {
    const call = { name: 'GET APISubmissions/{id}', scope: 'Submissions: read' };
    const url = idOrUri.includes('/')
      ? this.#follow(call, idOrUri)
      : this.#paths.to(['APISubmissions', idOrUri]);
    return this.#caller.read({ ...call, url }, submission, 'a submission');
  }

  /** One page of actions (docs/vendor-contract.md §5.1). Rows come newest first and may change between pages. */
  async listActions(query: ActionQuery = {}): Promise<ActionPage> {
    return this.#actionPage(this.#paths.to(['Actions'], actionListParameters(query, this.#campaignId)));
  }

  /**
   * Walks the pages of a listing, one call each; stop iterating to stop calling.
   *
   * @param mayCall asked before each call, e.g. to take it out of a budget; `false` ends the walk.
   */
  async *walkActions(
    query: ActionQuery = {},
    mayCall?: () => Promise<boolean>,
  ): AsyncGenerator<ActionPage, void, undefined> {
    const seen = new Set<string>();
    let url = this.#paths.to(['Actions'], actionListParameters(query, this.#campaignId));
    let number = query.page ?? 1;
    for (;;) {
      if (seen.has(url.href) || seen.size >= MOST_PAGES) {
        throw unusable(LIST_ACTIONS, 'a listing whose pages do not end', { status: 200, rate: NO_RATE });
      }
      seen.add(url.href);
      if (mayCall !== undefined && !(await mayCall())) return;
      const page = await this.#actionPage(url);
      yield page;
      number = page.page ?? number;
      if (page.nextPageUri !== null) {
        url = this.#follow(LIST_ACTIONS, page.nextPageUri);
      } else if (page.pages !== null && number < page.pages) {
        number += 1;
        url = this.#paths.to(['Actions'], actionListParameters({ ...query, page: number }, this.#campaignId));
      } else {
        return;
      }
    }
  }

  /** One action. An unknown id is an `ImpactApiRefusedError` with status 404. */
  async getAction(id: string): Promise<ActionAnswer> {
    return this.#caller.read(
      { name: 'GET Actions/{id}', scope: 'Actions: read', url: this.#paths.to(['Actions', id]) },
      (body) => {
        const found = action(body.object('Action') ?? body);
        return found === null ? null : { action: found };
      },
      'an action',
    );
  }

  /** The lines of one action (docs/vendor-contract.md §5.3). */
  async getActionItems(id: string): Promise<ActionItemsAnswer> {
    return this.#caller.read(
      {
        name: 'GET Actions/{id}/Items',
        scope: 'Actions: read',
        url: this.#paths.to(['Actions', id, 'Items']),
      },
      (body) => {
        const rows = body.list('ActionItems', 'ActionItem') ?? body.list('Items', 'Item');
        return rows === null ? null : { items: objects(rows).map(actionItem) };
      },
      'a list of items',
      LONGEST_LISTING,
    );
  }

  /** The account behind the credentials: the cheapest check of them. */
  async companyInformation(): Promise<CompanyInformation> {
    const url = this.#paths.to(['CompanyInformation']);
    return this.#caller.read(
      { name: 'GET CompanyInformation', scope: 'Account: read', url },
      companyInformation,
      'company information',
    );
  }

  /** What the vendor knows of a click id of the configured program. */
  async getClick(clickId: string): Promise<VendorClick> {
    const url = this.#paths.to(['Campaigns', this.#campaignId, 'Clicks', clickId]);
    return this.#caller.read({ name: 'GET Clicks/{id}', scope: 'Clicks: read', url }, vendorClick, 'a click');
  }

  /** One page of the configured program's promo codes. */
  async listPromoCodes(query: PageQuery = {}): Promise<PromoCodePage> {
    const url = this.#paths.to(
      ['PromoCodes'],
      [
        ['CampaignId', this.#campaignId],
        ['Page', String(query.page ?? 1)],
        ['PageSize', String(query.pageSize ?? DEFAULT_PAGE_SIZE)],
      ],
    );
    return this.#caller.read(
      { name: 'GET PromoCodes', scope: 'Promo codes: read', url },
      (body) => {
        const rows = body.list('PromoCodes', 'PromoCode');
        return rows === null
          ? null
          : { ...pageEnvelope(body, 'PromoCodes'), promoCodes: objects(rows).map(promoCode) };
      },
      'a list of promo codes',
      LONGEST_LISTING,
    );
  }

  async #actionPage(url: URL): Promise<ActionPage> {
    return this.#caller.read(
      { ...LIST_ACTIONS, url },
      (body) => {
        const rows = body.list('Actions', 'Action');
        if (rows === null) return null;
        const actions = objects(rows)
          .map(action)
          .filter((row) => row !== null);
        return { ...pageEnvelope(body, 'Actions'), actions, unreadable: rows.length - actions.length };
      },
      'a list of actions',
      LONGEST_LISTING,
    );
  }

  #follow(call: CallName, uri: string): URL {
    const url = this.#paths.follow(uri);
    if (url !== null) return url;
    throw unusable(call, 'a link that leads outside the account and is not followed', {
      status: null,
      rate: NO_RATE,
      requestMayHaveArrived: false,
    });
  }
}

const LIST_ACTIONS: CallName = { name: 'GET Actions', scope: 'Actions: read' };

function objects(rows: readonly unknown[]): Fields[] {
  return rows.map((row) => Fields.of(row)).filter((row) => row !== null);
}
