import { describe, expect, it } from '@jest/globals';
import type { Attribution } from '../clicks/index.js';
import { consentOfClick, oldClickNote, reasonToSkip, type SaleFacts, testNote } from './sale.rules.js';

const recording = {
  send: 'all',
  test: { partners: ['77'], clickIds: ['impacttest'] },
} as const;
const facts: SaleFacts = { hasKey: true, attributable: true, isTest: false, clickId: 'abc', partnerId: null };

describe('whether a sale is sent', () => {
  it.each<[string, Partial<SaleFacts>, 'all' | 'attributable', RegExp | null]>([
    ['with a click', {}, 'all', null],
    ['without any key', { hasKey: false, attributable: false, clickId: null }, 'all', /no attribution key/],
    ['with a customer only', { attributable: false, clickId: null }, 'all', null],
    ['with a customer only', { attributable: false, clickId: null }, 'attributable', /neither a click nor/],
    ['a test with the vendor’s value', { isTest: true, clickId: 'impacttest' }, 'attributable', null],
    ['a test with a test partner’s click', { isTest: true, partnerId: '77' }, 'all', null],
    [
      'a test with somebody’s click',
      { isTest: true, partnerId: '78' },
      'all',
      /a real partner would be credited.*impacttest/,
    ],
    ['a test with a click of unknown origin', { isTest: true }, 'all', /a real partner would be credited/],
    ['a test without a click', { isTest: true, clickId: null }, 'all', /without a click.*impacttest/],
    ['a test in other letters', { isTest: true, clickId: 'ImpactTest' }, 'all', /real partner/],
  ])('%s, %j, %s', (_, more, send, why) => {
    const reason = reasonToSkip({ ...facts, ...more }, { ...recording, send });
    expect(reason ?? '').toMatch(why ?? /^$/);
  });

  it('tells how to name a test partner where there is none', () => {
    const none = { send: 'all', test: { partners: [], clickIds: ['t-1'] } } as const;
    expect(reasonToSkip({ ...facts, isTest: true }, none)).toMatch(
      /recording\.test\.partners\).*clickId: "t-1"/,
    );
  });
});

describe('what is said of tests', () => {
  it.each<[string, Partial<SaleFacts>, RegExp | null]>([
    ['a real sale', {}, null],
    ['a real sale with a test partner’s click', { partnerId: '77' }, null],
    ['a test', { isTest: true, partnerId: '77' }, /takes itself back/],
    ['a test that is not marked as one', { clickId: 'impacttest' }, /with test: true/],
  ])('%s', (_, more, words) => {
    const [note] = testNote({ ...facts, ...more }, recording);
    expect(note ?? '').toMatch(words ?? /^$/);
  });
});

describe('a click past the referral window', () => {
  const DAY = 86_400_000;
  const at = new Date(100 * DAY);
  const attribution: Attribution = { clickId: 'abc', attributedBy: 'subscription', capturedAt: 0, lost: [] };
  it.each<[string, Partial<Attribution>, boolean]>([
    ['the subscription’s', {}, true],
    ['the order’s', { attributedBy: 'order' }, true],
    ['one whose age nobody knows', { capturedAt: null }, false],
    ['one inside', { capturedAt: 70 * DAY }, false],
    ['the caller’s own', { attributedBy: 'explicit' }, false],
  ])('%s', (_, more, said) => {
    const notes = oldClickNote({ ...attribution, ...more }, at, 30 * DAY);
    expect(notes.join(' ')).toMatch(said ? /^Its click is 100 days old, past .* 30 days\./ : /^$/);
  });
});

describe('the consent that a sale inherits from its click', () => {
  const eventAt = new Date(1_000_000);
  const click = { clickId: 'abc', capturedAt: 900_000 };
  const asking = { eventAt, window: 200_000, asked: true };

  it.each<[string, Parameters<typeof consentOfClick>, true | null]>([
    ['somebody has asked', [click, asking], true],
    ['nobody asks', [click, { ...asking, asked: false }], null],
    ['no click', [{ clickId: null, capturedAt: null }, asking], null],
    ['a click that nobody knows here', [{ clickId: 'abc', capturedAt: null }, asking], null],
    ['a click of long ago', [click, { ...asking, window: 99_999 }], null],
  ])('%s', (_, given, consent) => {
    expect(consentOfClick(...given)).toBe(consent);
  });
});
