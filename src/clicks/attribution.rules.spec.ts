import { describe, expect, it } from '@jest/globals';
import {
  attribute,
  CLOCK_TOLERANCE_MS,
  type Attribution,
  type AttributionInput,
} from './attribution.rules.js';
import type { ClickCandidate, HeldRequest } from './click.model.js';

const DAY = 86_400_000;
const AT = Date.UTC(2026, 4, 20, 12);
const WINDOW = 30 * DAY;

/** A click first and last seen so many days before the sale. */
const click = (clickId: string, first: number, last = first): ClickCandidate => ({
  clickId,
  firstSeenAt: AT - first * DAY,
  lastSeenAt: AT - last * DAY,
});
const request = (clickId: string, days: number, rest: Partial<HeldRequest> = {}): HeldRequest => ({
  click: { clickId, capturedAt: new Date(AT - days * DAY), source: 'cookie' },
  notTheBuyer: false,
  ended: false,
  ...rest,
});
const none: HeldRequest = { click: null, notTheBuyer: false, ended: false };

type Given = Partial<Omit<AttributionInput, 'candidates'>> & Partial<AttributionInput['candidates']>;

const decide = ({ explicit, order, subscription, customer, ...rest }: Given): Attribution =>
  attribute({
    candidates: {
      explicit: explicit ?? null,
      order: order ?? null,
      subscription: subscription ?? null,
      customer: customer ?? [],
    },
    request: none,
    policy: 'last-click',
    window: WINDOW,
    at: AT,
    ...rest,
  });

describe('attribute', () => {
  const all: Given = {
    clickId: 'explicit',
    explicit: click('explicit', 9),
    order: click('order', 8),
    subscription: click('subscription', 7),
    request: request('request', 6),
    customer: [click('customer', 5)],
  };

  describe('rank', () => {
    it.each<[string, Given, string | null, Attribution['attributedBy']]>([
      ['an explicit click beats all others', all, 'explicit', 'explicit'],
      ['then the order’s', { ...all, clickId: null, explicit: null }, 'order', 'order'],
      ['then the subscription’s', { ...all, clickId: null, order: null }, 'subscription', 'subscription'],
      [
        'then the later of request and customer',
        { ...all, clickId: null, order: null, subscription: null },
        'customer',
        'customer',
      ],
      ['nothing at all', {}, null, null],
      ['only the request', { request: request('r', 1) }, 'r', 'request'],
      ['only the customer', { customer: [click('c', 1)] }, 'c', 'customer'],
    ])('%s', (_, given, clickId, attributedBy) => {
      expect(decide(given)).toMatchObject({ clickId, attributedBy });
    });

    it('lists what lost and why, strongest first', () => {
      expect(decide(all)).toEqual({
        clickId: 'explicit',
        attributedBy: 'explicit',
        capturedAt: AT - 9 * DAY,
        lost: [
          { clickId: 'order', from: 'order', capturedAt: AT - 8 * DAY, why: 'outranked' },
          { clickId: 'subscription', from: 'subscription', capturedAt: AT - 7 * DAY, why: 'outranked' },
          { clickId: 'request', from: 'request', capturedAt: AT - 6 * DAY, why: 'outranked' },
          { clickId: 'customer', from: 'customer', capturedAt: AT - 5 * DAY, why: 'outranked' },
        ],
      });
    });

    it('takes an explicit click that has no row, with its time unknown', () => {
      expect(decide({ clickId: 'imported' })).toEqual({
        clickId: 'imported',
        attributedBy: 'explicit',
        capturedAt: null,
        lost: [],
      });
    });

    it('does not count the winner among the losers when it is tied twice', () => {
      expect(
        decide({ order: click('a', 3), request: request('a', 3), customer: [click('a', 3)] }).lost,
      ).toEqual([]);
    });
  });

  describe('policy', () => {
    const two: Given = { request: request('new', 1), customer: [click('old', 20)] };
    it.each<[string, Given, string]>([
      ['last-click takes the later', two, 'new'],
      ['first-click takes the earlier', { ...two, policy: 'first-click' }, 'old'],
      [
        'last-click orders by last seen',
        { request: request('once', 5), customer: [click('back-again', 20, 1)] },
        'back-again',
      ],
      [
        'first-click orders by first seen',
        { policy: 'first-click', request: request('once', 5), customer: [click('back-again', 20, 1)] },
        'back-again',
      ],
      ['a tie goes to the request', { request: request('r', 2), customer: [click('c', 2)] }, 'r'],
      [
        'what the customer’s row knows counts for the request’s cookie',
        {
          policy: 'first-click',
          request: request('renewed', 1),
          customer: [click('other', 5), click('renewed', 10, 1)],
        },
        'renewed',
      ],
    ])('%s', (_, given, clickId) => {
      expect(decide(given).clickId).toBe(clickId);
    });

    it('says that the other lost by policy', () => {
      expect(decide(two).lost).toEqual([
        { clickId: 'old', from: 'customer', capturedAt: AT - 20 * DAY, why: 'policy' },
      ]);
    });
  });

  describe('window', () => {
    it.each<[string, Given, string | null]>([
      ['exactly at its edge a click counts', { customer: [click('c', 30)] }, 'c'],
      ['past it no more', { customer: [click('c', 30.001)] }, null],
      ['nor does an old cookie', { request: request('r', 31) }, null],
      ['a renewed click is inside', { customer: [click('c', 60, 2)] }, 'c'],
      ['an order’s click outlives it', { order: click('o', 300) }, 'o'],
      ['a subscription’s click outlives it', { subscription: click('s', 300) }, 's'],
      ['an explicit click is not asked', { clickId: 'e', explicit: click('e', 300) }, 'e'],
    ])('%s', (_, given, clickId) => {
      expect(decide(given).clickId).toBe(clickId);
    });

    it('names the reason', () => {
      expect(decide({ request: request('r', 31) }).lost).toMatchObject([{ why: 'outside-window' }]);
    });
  });

  describe('time of the sale', () => {
    it('never lets a click after the sale win: the webhook came late', () => {
      expect(decide({ request: request('later', -1), customer: [click('before', 2)] })).toMatchObject({
        clickId: 'before',
        lost: [{ clickId: 'later', from: 'request', why: 'after-sale' }],
      });
    });

    it('counts a click that came back after the sale by its first visit', () => {
      expect(decide({ customer: [click('back', 10, -3), click('between', 4)] })).toMatchObject({
        clickId: 'between',
      });
      expect(decide({ customer: [click('back', 10, -3)] })).toMatchObject({
        clickId: 'back',
        capturedAt: AT - 10 * DAY,
      });
    });

    it('bears clocks that differ by a minute, and says so', () => {
      const late = (ms: number) => ({ clickId: 'c', firstSeenAt: AT + ms, lastSeenAt: AT + ms });
      expect(decide({ customer: [late(CLOCK_TOLERANCE_MS)] })).toMatchObject({
        clickId: 'c',
        note: 'event-date-before-click',
      });
      expect(decide({ customer: [late(CLOCK_TOLERANCE_MS + 1)] }).clickId).toBeNull();
    });

    it('flags an order whose click came after the event date', () => {
      expect(decide({ order: click('o', -2) })).toMatchObject({
        clickId: 'o',
        note: 'event-date-before-click',
      });
    });
  });

  describe('requests that are not the buyer’s', () => {
    it('gives the request’s own click to nobody', () => {
      const given = { request: request('agent', 0, { notTheBuyer: true }), customer: [click('buyer', 9)] };
      expect(decide(given)).toMatchObject({
        clickId: 'buyer',
        attributedBy: 'customer',
        lost: [{ clickId: 'agent', why: 'not-the-buyer' }],
      });
      expect(decide({ request: given.request }).clickId).toBeNull();
    });

    it('lets the customer’s tie count for the same click', () => {
      expect(
        decide({ request: request('same', 0, { notTheBuyer: true }), customer: [click('same', 9)] }),
      ).toMatchObject({ clickId: 'same', attributedBy: 'customer', lost: [] });
    });

    it('says why a request that has ended gave no click', () => {
      expect(decide({ request: { ...none, ended: true } })).toMatchObject({
        clickId: null,
        note: 'request-ended',
      });
    });
  });
});
