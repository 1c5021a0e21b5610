import { describe, expect, it } from '@jest/globals';
import type { PromoCode } from '../api/index.js';
import { isLastPage, partnerCodesOf } from './promo-codes.rules.js';

const row = (more: Partial<PromoCode>): PromoCode => ({
  id: '1',
  code: 'HARBOUR10',
  type: 'LI',
  campaignId: '1000',
  assignedPartnerId: '77',
  creditPolicy: null,
  state: null,
  startDate: null,
  endDate: null,
  ...more,
});

describe('what is kept of the account’s codes', () => {
  it.each<[string, Partial<PromoCode>, object[]]>([
    ['a partner’s', {}, [{ code: 'HARBOUR10', partnerId: '77' }]],
    ['a pattern', { type: 're' }, [{ code: 'HARBOUR10', partnerId: '77', pattern: true }]],
    [
      'one with dates',
      { startDate: new Date(5), endDate: new Date(9) },
      [{ code: 'HARBOUR10', partnerId: '77', startsAt: 5, endsAt: 9 }],
    ],
    ['one that names no program', { campaignId: null }, [{ code: 'HARBOUR10', partnerId: '77' }]],
    ['another program’s', { campaignId: '1001' }, []],
    ['nobody’s', { assignedPartnerId: null }, []],
    ['one without a code', { code: null }, []],
    ['one of spaces', { code: '  ' }, []],
  ])('%s', (_, more, kept) => {
    expect(partnerCodesOf([row(more)], '1000')).toEqual(kept);
  });
});

describe('where a listing ends', () => {
  const page = { page: 1, pages: null, pageSize: null, total: null, nextPageUri: null, promoCodes: [{}] };
  it.each<[string, Partial<typeof page> | object, number, boolean]>([
    ['one page that says nothing', {}, 1, true],
    ['the first of two', { pages: 2 }, 1, false],
    ['the second of two', { pages: 2 }, 2, true],
    ['one that names the next', { nextPageUri: '/x' }, 1, false],
    ['an empty one that names the next', { nextPageUri: '/x', promoCodes: [] }, 3, true],
  ])('%s', (_, more, number, ends) => {
    expect(isLastPage({ ...page, ...more }, number)).toBe(ends);
  });
});
