import { describe, expect, it } from '@jest/globals';
import { isAttributable, type KeptFacts, whyKept } from './release.rules.js';

const NOW = new Date('2026-11-23T00:00:00Z');
const RULES = { campaignId: '1000', eventTypeId: '2000', now: NOW, allowOld: false };
const daysAgo = (days: number): Date => new Date(NOW.getTime() - days * 86_400_000);

const sale = (more: Partial<KeptFacts> = {}, ...parameters: [string, string][]): KeptFacts => ({
  request: [['CampaignId', '1000'], ['EventTypeId', '2000'], ...parameters],
  eventAt: daysAgo(1),
  test: false,
  ...more,
});

describe('whyKept', () => {
  it.each([
    ['of this program and event type', sale()],
    [
      'by the code of its event type',
      sale({
        request: [
          ['CampaignId', '1000'],
          ['EventTypeCode', 'SALE'],
        ],
      }),
    ],
    ['at the limit', sale({ eventAt: daysAgo(88) })],
    ['older, with its partner', sale({ eventAt: daysAgo(300) }, ['MediaPartnerId', '7'])],
  ])('lets a sale out: %s', (_, facts) => {
    expect(whyKept(facts, RULES)).toBeNull();
  });

  it.each([
    ['a test order', sale({ test: true }), 'test order'],
    ['without a program', sale({ request: [['CampaignId', '0']] }), 'without a program id'],
    [
      'of another program',
      sale({ request: [['CampaignId', '77']] }),
      'for program 77, and IMPACT_CAMPAIGN_ID is 1000',
    ],
    [
      'without an event type',
      sale({
        request: [
          ['CampaignId', '1000'],
          ['EventTypeId', '0'],
        ],
      }),
      'without an event type',
    ],
    [
      'of another event type',
      sale({
        request: [
          ['CampaignId', '1000'],
          ['EventTypeId', '9'],
        ],
      }),
      'event type 9',
    ],
    ['too old', sale({ eventAt: daysAgo(90) }), '90 days back, and impact.com processes at most 88'],
    ['too old, with its partner', sale({ eventAt: daysAgo(400) }, ['MediaPartnerId', '7']), 'at most 398'],
  ])('keeps a sale: %s', (_, facts, why) => {
    expect(whyKept(facts, RULES)).toContain(why);
  });

  it('lets old ones out on demand', () => {
    expect(whyKept(sale({ eventAt: daysAgo(500) }), { ...RULES, allowOld: true })).toBeNull();
  });
});

it.each([
  [[['ClickId', 'x']], true],
  [[['OrderPromoCode', 'x']], true],
  [[['CustomerId', 'x']], false],
] as const)('%j is attributable: %s', (request, attributable) => {
  expect(isAttributable(request)).toBe(attributable);
});
