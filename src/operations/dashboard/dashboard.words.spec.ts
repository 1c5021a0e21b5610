import { describe, expect, it } from '@jest/globals';
import { STATES } from '../../ledger/index.js';
import { CUSTOM_FIELDS, ITEM_FIELDS, ORDER_FIELDS } from '../../wire/field.catalog.js';
import { ageText, meaningOf, moneyText, shareText, shownRequest, timeText } from './dashboard.words.js';

it.each([
  [0, '0 s'],
  [119_000, '119 s'],
  [120_000, '2 min'],
  [7_140_000, '119 min'],
  [7_200_000, '2 h'],
  [47 * 3_600_000, '47 h'],
  [49 * 3_600_000, '2 days'],
])('%d ms are %s', (milliseconds, text) => {
  expect(ageText(milliseconds)).toBe(text);
});

it.each([
  ['0.00', '0.00'],
  ['999', '999'],
  ['1234.5', '1,234.5'],
  ['-1234567.891', '-1,234,567.891'],
])('%s is shown as %s', (amount, text) => {
  expect(moneyText(amount)).toBe(text);
});

it('has words for every state, and for what is not there', () => {
  for (const state of STATES) expect(meaningOf(state)).toMatch(/\w/);
  expect([timeText(null), shareText(1, 0), shareText(1, 8)]).toEqual(['–', '', '12.5 %']);
  expect(timeText(new Date('2026-11-23T09:30:59Z'))).toBe('2026-11-23 09:30');
});

describe('a request as it is shown', () => {
  const hidden = (name: string): boolean => shownRequest([[name, 'x']])[0]!.value === null;

  it.each(
    [...ORDER_FIELDS, ...ITEM_FIELDS]
      .filter(({ personal }) => personal !== 'no')
      .map(({ parameter }) => parameter),
  )('hides %s', (parameter) => {
    expect(hidden(parameter)).toBe(true);
  });

  it('hides free text, where anything may stand, and what it does not know', () => {
    const custom = Object.values(CUSTOM_FIELDS).map(({ parameter }) => `${parameter}1`);
    for (const name of [...custom, 'Note', 'SubId1', 'SharedId', 'UniqueUrl', 'CustomerPhone', 'constructor'])
      expect([name, hidden(name)]).toEqual([name, true]);
  });

  it('shows what was sold', () => {
    for (const name of ['OrderId', 'ClickId', 'CurrencyCode', 'ItemSku1', 'ItemSubTotal12', 'OrderPromoCode'])
      expect([name, hidden(name)]).toEqual([name, false]);
  });
});
