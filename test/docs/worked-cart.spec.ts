import { expect, it } from '@jest/globals';
import { DEFAULT_SALE_RULES, formatMoney, prepareSale, toParameters } from '../../src/wire/index.js';
import { codes, fileBlock, page, table } from './support/markdown.js';
import { loadSample } from './support/sample.loader.js';

const CONVERSIONS = 'docs/conversions.md';
/** What the page says it leaves out. */
const BESIDES = ['CampaignId', 'EventTypeId', 'EventDate', 'OrderId', 'ClickId'];

it('the worked cart sends exactly what the page says', async () => {
  const { sale } = await loadSample<{ sale: unknown }>(fileBlock(CONVERSIONS, 'worked.cart.ts'));
  const now = new Date('2026-03-01T12:00:01Z');

  const prepared = prepareSale(sale, DEFAULT_SALE_RULES, { now });

  if (!prepared.ok) throw new TypeError(prepared.problems.map(({ message }) => message).join('\n'));
  expect(prepared.warnings).toEqual([]);
  expect(formatMoney(prepared.creditable, 'EUR')).toBe('150.00');
  const sent = toParameters(prepared.sale, { campaignId: '1000', eventTypeId: '20001', clickId: 'Abc123' });
  const { rows } = table(page(CONVERSIONS).text, 'Parameter', 'Value', 'Why');
  expect(sent.filter(([name]) => !BESIDES.includes(name))).toEqual(
    rows.map(([name = '', value = '']) => [codes(name)[0], codes(value)[0]]),
  );
  expect(sent.map(([name]) => name)).toEqual(expect.arrayContaining(BESIDES));
});
