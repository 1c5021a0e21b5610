import { Inject, Injectable } from '@nestjs/common';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../../config/index.js';
import { ConversionService } from '../../conversions/index.js';
import { type ConversionStory, NotRecordedError } from '../../ledger/index.js';
import { ActRefusedError, ActsService } from '../acts/index.js';
import { DashboardForms } from './dashboard.form.js';
import { DashboardFrame, type DashboardPage } from './dashboard.frame.js';
import type { PageAnswer, PageVisit } from './dashboard.pages.js';
import { linksOf, queryOf } from './dashboard.request.js';
import { shownRequest } from './dashboard.words.js';

/** Longest answer to who and why. */
const LONGEST = { by: 200, why: 1000 } as const;

/** What goes wrong with a form, in words for the person who sent it. */
interface Attempt {
  readonly problem: string;
  readonly by: string;
  readonly why: string;
  readonly status: number;
}

/** The page of one sale, and the one thing that can be done there. */
@Injectable()
export class OrderPages {
  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    private readonly conversions: ConversionService,
    private readonly acts: ActsService,
    private readonly forms: DashboardForms,
    private readonly frame: DashboardFrame,
  ) {}

  /** The story of a sale, from the click to the payment. */
  async story(visit: PageVisit): Promise<DashboardPage> {
    const query = queryOf(visit.request);
    return this.#page(visit, query.get('id') ?? '', null, query.get('done') === 'retry');
  }

  /** Makes a sale due again that needs a person, or a refused correction of it. */
  async retry(visit: PageVisit, fields: ReadonlyMap<string, unknown>): Promise<PageAnswer> {
    const field = (name: string): string => {
      const value = fields.get(name);
      return typeof value === 'string' ? value.trim() : '';
    };
    const [orderId, correction, by, why] = ['id', 'correction', 'by', 'why'].map(field) as [
      string,
      string,
      string,
      string,
    ];
    const attempt = (status: number, problem: string): Promise<DashboardPage> =>
      this.#page(visit, orderId, { problem, by, why, status }, false);
    if (!this.forms.allows(visit.request, actOf(orderId), fields.get('token'))) {
      return attempt(403, 'This form was not sent from this page, or the page is too old. Please try again.');
    }
    if (by === '' || why === '' || by.length > LONGEST.by || why.length > LONGEST.why) {
      return attempt(400, 'Please say who you are and why it should be tried again: both are kept.');
    }
    try {
      if (correction === '') await this.acts.retry(orderId, { by, why });
      else await this.acts.retryCorrection(orderId, correction, { by, why });
    } catch (error) {
      if (error instanceof ActRefusedError || error instanceof NotRecordedError) {
        return attempt(409, error.message);
      }
      throw error;
    }
    return { goTo: `order?id=${encodeURIComponent(orderId)}&done=retry` };
  }

  async #page(
    { request, path }: PageVisit,
    orderId: string,
    attempt: Attempt | null,
    done: boolean,
  ): Promise<DashboardPage> {
    const links = linksOf(request, path, 1);
    const story = await this.#find(orderId);
    if (story === null) {
      const words = 'No sale is recorded under this order id. Search for its beginning, or for its click id.';
      return this.frame.render(
        'message',
        { links, tab: null, status: attempt?.status === 403 ? 403 : 404, sought: orderId },
        { title: 'No such order', words },
      );
    }
    const { conversion, corrections } = story;
    const retriable = {
      sale: conversion.state === 'UNDELIVERABLE',
      corrections: corrections.filter(({ state, openClaim }) => state === 'refused' && !openClaim),
    };
    const acts = this.options.mode === 'live' && (retriable.sale || retriable.corrections.length > 0);
    const form = acts ? this.forms.issue(request, actOf(orderId)) : null;
    const page = this.frame.render(
      'order',
      { links, tab: null, status: attempt?.status ?? 200 },
      { story, request: shownRequest(story.request), retriable, form, attempt, done, longest: LONGEST },
    );
    const cookie = form?.cookie ?? null;
    return cookie === null ? page : { ...page, headers: { ...page.headers, 'Set-Cookie': cookie } };
  }

  async #find(orderId: string): Promise<ConversionStory | null> {
    if (orderId === '' || orderId.length > 255 || orderId.includes('\0')) return null;
    try {
      return await this.conversions.explain(orderId);
    } catch (error) {
      if (error instanceof NotRecordedError) return null;
      throw error;
    }
  }
}

const actOf = (orderId: string): string => `retry\n${orderId}`;
