import { describe, expect, it } from '@jest/globals';
import { decodedOnce, fateOf, judgeClickId, judgeLink, placeOf, readChain } from './chain.rules.js';
import type { Hop } from './verification.types.js';

const ID = 'q2OTQo1QUxyLpNmqcx3gBGi5UkSm:iUI3xePbq0';
const RAW = 'q2OTQo1QUxyLpNmqcx3gBGi5UkSm%3AiUI3xePbq0';
const LINK = 'https://goto.example.com/c/1234501/98765/1000?u=https%3A%2F%2Fshop.example.com%2F&subId1=a';
const NAMES = ['im_ref', 'irclickid', 'clickid'];

const chain = (...urls: string[]): Hop[] =>
  urls.map((url, index) => ({
    url,
    status: index === urls.length - 1 ? 200 : 302,
    next: urls[index + 1] ?? null,
    setCookies: [],
    caching: {},
  }));

describe('what became of a click id', () => {
  it.each([
    [RAW, 'same'],
    [ID, 'same'],
    [undefined, 'lost'],
    ['', 'lost'],
    [RAW.toLowerCase(), 'lower-cased'],
    [RAW.toUpperCase(), 'upper-cased'],
    [RAW.slice(0, 20), 'cut'],
    [encodeURIComponent(RAW), 'encoded-twice'],
    ['somethingElse', 'altered'],
    ['%zz', 'altered'],
  ] as const)('%s: %s', (raw, fate) => {
    expect(fateOf(ID, raw)).toBe(fate);
  });

  it.each([
    [RAW, ID],
    ['%253A', null],
    ['a b', null],
    ['', null],
    ['x'.repeat(65), null],
  ])('decodes %s once', (raw, id) => {
    expect(decodedOnce(raw)).toBe(id);
  });
});

describe('a chain of redirects', () => {
  const shop = 'https://shop.example.com';

  it('names the parameters that were kept, added and lost', () => {
    const { lines, clickId, parameter, firstHop, partnerId } = readChain(
      chain(LINK, `${shop}/?im_ref=${RAW}&irgwc=1&sharedid=`, `${shop}/en?im_ref=${RAW}&lang=en`),
      NAMES,
    );
    expect({ clickId, parameter, firstHop, partnerId }).toEqual({
      clickId: ID,
      parameter: 'im_ref',
      firstHop: 1,
      partnerId: '1234501',
    });
    expect(lines.map(({ kept, added, lost, clickId: fate }) => ({ kept, added, lost, fate }))).toEqual([
      { kept: [], added: ['u', 'subId1'], lost: [], fate: 'none-yet' },
      { kept: [], added: ['im_ref', 'irgwc', 'sharedid'], lost: [], fate: 'same' },
      { kept: ['im_ref'], added: ['lang'], lost: ['irgwc', 'sharedid'], fate: 'same' },
    ]);
  });

  it.each([
    [
      'a renamed parameter',
      [`${shop}/?im_ref=${RAW}`, `${shop}/?irclickid=${RAW}`],
      false,
      'proved',
      'it arrived at shop.example.com/',
    ],
    [
      'a query that is dropped',
      [`${shop}/?im_ref=${RAW}`, `${shop}/`],
      false,
      'failed',
      'it is gone between shop.example.com/ and shop.example.com/',
    ],
    [
      'the same after it was captured',
      [`${shop}/?im_ref=${RAW}`, `${shop}/`],
      true,
      'proved',
      'after the shop had captured it',
    ],
    [
      'lower case',
      [`${shop}/?im_ref=${RAW}`, `${shop}/a?im_ref=${RAW.toLowerCase()}`],
      false,
      'failed',
      'it is in lower case',
    ],
    [
      'encoded twice',
      [`${shop}/?im_ref=${RAW}`, `${shop}/a?im_ref=${encodeURIComponent(RAW)}`],
      false,
      'failed',
      'it is encoded twice',
    ],
    ['no click id at all', [`${shop}/?utm_source=x`], false, 'failed', 'no address of the chain has one'],
    [
      'a bare clickid, which is another network’s',
      [`${shop}/?clickid=${RAW}`],
      false,
      'failed',
      'no address of the chain has one',
    ],
    ['a clickid beside irgwc', [`${shop}/?clickid=${RAW}&irgwc=1`], false, 'proved', 'it arrived'],
  ] as const)('%s', (_, urls, captured, outcome, seen) => {
    const finding = judgeClickId(readChain(chain(LINK, ...urls), NAMES), captured);
    expect(finding).toMatchObject({ step: 'click-id', outcome });
    expect(finding.seen).toContain(seen);
    expect(finding.fix === null).toBe(outcome === 'proved');
  });

  it.each([
    [chain(LINK, `${shop}/`), null, 'proved', '2 answers, at the end 200 from shop.example.com/'],
    [[{ ...chain(LINK)[0]!, status: 404 }], null, 'failed', '1 answer, at the end 404'],
    [chain(LINK), 'no answer (ECONNREFUSED)', 'failed', 'no answer (ECONNREFUSED) after goto.example.com'],
    [[], 'no answer (ENOTFOUND)', 'failed', 'no answer (ENOTFOUND)'],
  ] as const)('ends somewhere (%#)', (hops, failure, outcome, seen) => {
    const finding = judgeLink(hops, failure);
    expect(finding.outcome).toBe(outcome);
    expect(finding.seen).toContain(seen);
  });

  it('knows the partner from the redirect where a vanity link does not say it', () => {
    const { partnerId } = readChain(
      chain('https://go.example.com/abc', `${shop}/?im_ref=${RAW}&irpid=77`),
      NAMES,
    );
    expect(partnerId).toBe('77');
  });

  it('shows no query of an address', () => {
    expect(placeOf('https://shop.example.com/a?email=tess@example.com#x')).toBe('shop.example.com/a');
  });
});
