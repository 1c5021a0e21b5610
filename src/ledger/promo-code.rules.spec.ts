import { describe, expect, it } from '@jest/globals';
import { readPattern } from './promo-code.patterns.js';
import { choosePromoCode, type PartnerCode, promoCodeDirectory } from './promo-code.rules.js';
import { creditedInsteadOfCode, promoCodeNotes, promoCodeOf } from './promo-code.words.js';

const AT = Date.UTC(2026, 4, 20);
const DAY = 86_400_000;
const CODES: readonly PartnerCode[] = [
  { code: 'HARBOUR10', partnerId: '1' },
  { code: 'Shared', partnerId: '1' },
  { code: 'Shared', partnerId: '2' },
  { code: 'MAY', partnerId: '2', startsAt: AT - DAY, endsAt: AT + DAY },
  { code: 'april', partnerId: '2', endsAt: AT - 1 },
  { code: 'june', partnerId: '2', startsAt: AT + 1 },
  { code: 'twin', partnerId: '1' },
  { code: 'Twin', partnerId: '2' },
  { code: 'moved', partnerId: '1', endsAt: AT - DAY },
  { code: 'moved', partnerId: '2', startsAt: AT - DAY + 1 },
  { code: '^BLOG-\\d{4}$', partnerId: '3', pattern: true },
  { code: 'HARBOUR\\d+', partnerId: '3', pattern: true },
  { code: 'HARBOUR20', partnerId: '1' },
  { code: '(a+)+', partnerId: '3', pattern: true },
];
const directory = promoCodeDirectory(CODES);

describe('whom a code belongs to', () => {
  it.each<[string, string, string[]]>([
    ['as it is written', 'BLOG-0042', ['3']],
    ['nobody', 'WELCOME', []],
    ['several', 'Shared', ['1', '2']],
    ['a pattern and a text', 'HARBOUR20', ['3', '1']],
    ['inside its dates', 'MAY', ['2']],
    ['after its end', 'april', []],
    ['before its start', 'june', []],
    ['whatever the case', 'may', ['2']],
    ['as written, where another differs in case alone', 'Twin', ['2']],
    ['two that differ in case alone, for a third spelling', 'TWIN', ['1', '2']],
    ['the later of two owners', 'moved', ['2']],
    ['a part of a pattern', 'XBLOG-0042', []],
    ['a pattern in another case', 'blog-0042', []],
    ['empty', '', []],
  ])('%s: %s', (_, code, owners) => {
    expect([...directory.ownersOf(code, AT)].toSorted()).toEqual(owners.toSorted());
  });

  it('counts what it does not read', () => {
    expect(directory.unread).toBe(1);
    const many = Array.from({ length: 250 }, (_, n) => ({
      code: `A${n}\\d`,
      partnerId: '1',
      pattern: true as const,
    }));
    expect(promoCodeDirectory(many).unread).toBe(50);
  });
});

describe('which code is sent', () => {
  it.each<[string, string[], object | null]>([
    ['no codes', [], null],
    ['one that is nobody’s', ['WELCOME'], { sent: 'WELCOME', partnerId: null, others: [], why: "nobody's" }],
    ['one of several', ['Shared'], { sent: 'Shared', partnerId: null, others: [], why: "nobody's" }],
    [
      'the partner’s behind others',
      ['WELCOME', 'Shared', 'MAY', 'VIP'],
      { sent: 'MAY', partnerId: '2', others: ['WELCOME', 'Shared', 'VIP'], why: 'owned' },
    ],
    [
      'the first of two partners’',
      ['BLOG-0001', 'MAY'],
      { sent: 'BLOG-0001', partnerId: '3', others: ['MAY'], why: 'owned' },
    ],
    [
      'as the customer typed it',
      ['WELCOME', 'may'],
      { sent: 'may', partnerId: '2', others: ['WELCOME'], why: 'owned' },
    ],
  ])('%s', (_, codes, choice) => {
    expect(choosePromoCode(codes, directory, AT)).toEqual(choice);
  });

  it('is the first while the account’s codes are not known', () => {
    expect(choosePromoCode(['A', 'MAY'], null, AT)).toEqual({
      sent: 'A',
      partnerId: null,
      others: ['MAY'],
      why: 'unknown',
    });
  });
});

describe('patterns', () => {
  it.each<[string, string[], string[]]>([
    ['SUMMER', ['SUMMER'], ['SUMMER1', 'summer', 'ASUMMER']],
    ['BLOG-\\d{4}', ['BLOG-1234'], ['BLOG-123', 'BLOG-12345']],
    ['VIP[A-Z0-9]{3,8}', ['VIPA1B'], ['VIPA1', 'VIPa1b']],
    ['(SPRING|AUTUMN)\\d\\d', ['SPRING10', 'AUTUMN20'], ['WINTER10']],
    ['(?:A|B)(?:C|D)', ['AC', 'BD'], ['AB']],
    ['A|BC', ['A', 'BC'], ['ABC', 'AC']],
    ['.*-REF', ['ANNA-REF'], ['REF']],
    ['A\\.B', ['A.B'], ['AxB']],
    ['[^\\d]+', ['ABC'], ['AB1']],
  ])('%s is read', (source, taken, left) => {
    const pattern = readPattern(source)!;
    expect(taken.filter((code) => !pattern(code))).toEqual([]);
    expect(left.filter((code) => pattern(code))).toEqual([]);
  });

  it.each([
    '(a+)+',
    '(a|a)*',
    '(?=a)a',
    '(?<!a)b',
    '(a)\\1',
    'a*a*a*b',
    'a++',
    'a*?',
    'a{1,100}',
    '(',
    ')',
    '[',
    '[]',
    '',
    '^$',
    '\\p{L}',
    '\\b',
    '(a|b|c|d)(a|b|c|d)(a|b|c|d)(a|b|c|d)',
    'x'.repeat(129),
    'a{',
    '*a',
    '\\',
  ])('%s is not', (source) => {
    expect(readPattern(source)).toBeNull();
  });

  it('ends soon, whatever is asked', () => {
    const slowest = readPattern('(a|aa|aaa|aaaa)(a|aa|aaa|aaaa)(a|aa|aaa|aaaa)a*a*!')!;
    const started = performance.now();
    for (let round = 0; round < 10; round += 1) expect(slowest('a'.repeat(64))).toBe(false);
    expect(slowest('a'.repeat(65))).toBe(false);
    expect((performance.now() - started) / 10).toBeLessThan(50);
  });
});

describe('what is said', () => {
  const owned = choosePromoCode(['WELCOME', 'MAY'], directory, AT);

  it('names what is not sent, and a click beside a partner’s code', () => {
    expect(promoCodeNotes(null, 'abc')).toEqual([]);
    expect(promoCodeNotes(choosePromoCode(['MAY'], directory, AT), null)).toEqual([]);
    expect(promoCodeNotes(owned, 'abc')).toEqual([
      'promoCodes: MAY is sent, the first that belongs to one partner; not sent: WELCOME.',
      "It carries a click and MAY, a code of partner 2: if the click is another partner's, the program's settings decide who is credited.",
    ]);
    expect(promoCodeNotes(choosePromoCode(['A', 'B'], null, AT), 'abc')).toEqual([
      "promoCodes: A is sent, the first, because the account's codes are not known yet; not sent: B.",
    ]);
  });

  it.each<[string, unknown, string | null, RegExp | null]>([
    ['the right partner', { clickId: null, promoCode: owned }, '2', null],
    ['nobody', { clickId: null, promoCode: owned }, null, null],
    ['a sale without codes', { clickId: 'abc' }, '1', null],
    ['a sale from before there was a choice', null, '1', null],
    [
      'another, with a click',
      { clickId: 'abc', promoCode: owned },
      '1',
      /^Partner 1 .* MAY belongs to partner 2.* a click as well/,
    ],
    ['another, without', { clickId: null, promoCode: owned }, '1', /no click.* or the code is not enabled/],
  ])('explains the credit of %s', (_, attribution, credited, words) => {
    const said = creditedInsteadOfCode(attribution, credited);
    expect(said ?? '').toMatch(words ?? /^$/);
  });

  it('reads back what was stored', () => {
    expect(promoCodeOf(JSON.parse(JSON.stringify({ promoCode: owned })))).toEqual(owned);
  });
});
