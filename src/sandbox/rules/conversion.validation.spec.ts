import { describe, expect, test } from '@jest/globals';
import { readConversion } from './conversion.reader.js';
import { validateConversion, type ValidationRules } from './conversion.validation.js';

const NOW = new Date('2026-03-01T12:00:00Z');
const RULES: ValidationRules = {
  longText: 'refuse',
  longDecimals: 'refuse',
  futureEventDate: 'refuse',
  currencies: ['USD', 'EUR', 'JPY'],
};
const SALE: Record<string, string | undefined> = {
  CampaignId: '1000',
  EventTypeId: '20001',
  EventDate: '2026-03-01T11:59:00Z',
  OrderId: 'A-1',
  ClickId: 'abc',
};
const ITEM = {
  ItemSku1: 'S',
  ItemCategory1: 'C',
  ItemQuantity1: '1',
  ItemSubTotal1: '5',
  CurrencyCode: 'USD',
};

function problems(over: Record<string, string | undefined>, rules: Partial<ValidationRules> = {}): string[] {
  const parameters = Object.fromEntries(
    Object.entries({ ...SALE, ...over }).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  return validateConversion(readConversion(parameters), { ...RULES, ...rules }, NOW).map(
    ({ field, message }) => `${field}: ${message}`,
  );
}

describe('validateConversion refuses', () => {
  test.each<[string, Record<string, string | undefined>, string]>([
    ['no program', { CampaignId: undefined }, 'CampaignId: Required parameter is missing'],
    ['an empty order id', { OrderId: '' }, 'OrderId: Required parameter is missing'],
    ['no event date', { EventDate: undefined }, 'EventDate: Required parameter is missing'],
    [
      'a name in the wrong case',
      { OrderId: undefined, orderid: 'A-1' },
      'OrderId: Required parameter is missing',
    ],
    [
      'no event identifier',
      { EventTypeId: undefined },
      'EventTypeId: One of ActionTrackerId, EventTypeId, EventTypeCode is required',
    ],
    ['letters in an id', { CampaignId: '10OO' }, 'CampaignId: Not a numeric value'],
    ['11 digits in an id', { CampaignId: '12345678901' }, 'CampaignId: More than 10 digits'],
    ['a long order id', { OrderId: 'x'.repeat(65) }, 'OrderId: Longer than 64 characters'],
    ['a long click id', { ClickId: 'x'.repeat(65) }, 'ClickId: Longer than 64 characters'],
    ['a long custom text', { Text50: 'x'.repeat(65) }, 'Text50: Longer than 64 characters'],
    ['a long city', { CustomerCity: 'é'.repeat(256) }, 'CustomerCity: Longer than 255 characters'],
    [
      'a date without time',
      { EventDate: '2026-03-01' },
      'EventDate: Not an ISO 8601 date with time and zone',
    ],
    [
      'a date without zone',
      { EventDate: '2026-03-01T10:00:00' },
      'EventDate: Not an ISO 8601 date with time and zone',
    ],
    [
      'a day that is none',
      { EventDate: '2026-02-30T10:00:00Z' },
      'EventDate: Not an ISO 8601 date with time and zone',
    ],
    ['hour 24', { EventDate: '2026-02-28T24:30:00Z' }, 'EventDate: Not an ISO 8601 date with time and zone'],
    ['an American date', { EventDate: '03/01/2026' }, 'EventDate: Not an ISO 8601 date with time and zone'],
    ['the future', { EventDate: '2026-03-01T12:06:00Z' }, 'EventDate: Lies in the future'],
    ['money without a currency', { OrderTax: '1' }, 'CurrencyCode: Required with a monetary field'],
    ['a currency that is none', { CurrencyCode: 'ZZZ' }, 'CurrencyCode: Not an ISO 4217 currency code'],
    ['lower case currency', { CurrencyCode: 'usd' }, 'CurrencyCode: Not an ISO 4217 currency code'],
    [
      'a currency without a rate',
      { CurrencyCode: 'CHF' },
      'CurrencyCode: The sandbox has no rate for CHF: add it to "rates"',
    ],
    ['a plain e-mail', { CustomerEmail: 'a@b.test' }, 'CustomerEmail: Not a SHA-1 or SHA-256 hex digest'],
    ['an MD5', { CustomerEmail: 'd'.repeat(32) }, 'CustomerEmail: Not a SHA-1 or SHA-256 hex digest'],
    ['a boolean that is none', { TrackingConsent: 'yes' }, 'TrackingConsent: Invalid value yes'],
    ['three decimals', { Amount: '1.234', CurrencyCode: 'USD' }, 'Amount: More than 2 decimals'],
    ['nine digits', { Amount: '1234567.89', CurrencyCode: 'USD' }, 'Amount: More than 8 digits'],
    ['thousands separators', { Amount: '1,234', CurrencyCode: 'USD' }, 'Amount: Not a numeric value'],
    ['an exponent', { Amount: '1e3', CurrencyCode: 'USD' }, 'Amount: Not a numeric value'],
    ['a sign', { Amount: '-1', CurrencyCode: 'USD' }, 'Amount: Not a numeric value'],
    [
      'both media ids',
      { MediaId: '1', MediaPartnerId: '1' },
      'MediaId: Send MediaId or MediaPartnerId, not both',
    ],
    [
      'an amount beside priced items',
      { ...ITEM, Amount: '5' },
      'Amount: Not together with ItemPrice or ItemSubTotal',
    ],
    [
      'an order total beside items',
      { ...ITEM, OrderSubTotalPostDiscount: '5' },
      'OrderSubTotalPostDiscount: Not together with items',
    ],
    [
      'two prices of an item',
      { ...ITEM, ItemPrice1: '5' },
      'ItemPrice1: Send ItemPrice or ItemSubTotal, not both',
    ],
    [
      'an item without a price',
      { ...ITEM, ItemSubTotal1: '' },
      'ItemSubTotal1: ItemSubTotal or ItemPrice is required for an item',
    ],
    ['an item without a SKU', { ...ITEM, ItemSku1: undefined }, 'ItemSku1: Required for an item'],
    ['half a piece', { ...ITEM, ItemQuantity1: '0.5' }, 'ItemQuantity1: Not a numeric value'],
  ])('%s', (_, over, problem) => {
    expect(problems(over)).toContain(problem);
  });

  test('a sale without any attribution key; an id that only travels along is none', () => {
    const found = problems({ ClickId: '', SharedId: 's', IpAddress: '1.2.3.4', SubId1: 'x' });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^ClickId: At least one of ClickId, CustomerId/);
  });

  test('a plain e-mail without repeating it', () => {
    expect(problems({ CustomerEmail: 'jane@secret.test' }).join()).not.toContain('jane');
  });
});

describe('validateConversion takes', () => {
  test.each<[string, Record<string, string | undefined>]>([
    ['the least there is', {}],
    ['NOW', { EventDate: 'NOW' }],
    ['fractions of a second', { EventDate: '2026-03-01T11:59:00.000Z' }],
    ['an offset', { EventDate: '2026-03-01T03:59:00-08:00' }],
    ['a clock that is a little fast', { EventDate: '2026-03-01T12:04:00Z' }],
    ['aliases', { OrderId: undefined, Oid: 'A-1', OrderTax: '1', Currency: 'USD', PromoCode: 'X' }],
    ['an event type code alone', { EventTypeId: undefined, EventTypeCode: 'SALE' }],
    ['an event type by its older name', { EventTypeId: undefined, ActionTrackerId: '20001' }],
    ['a promo code as the only key', { ClickId: undefined, OrderPromoCode: 'X' }],
    ['items', ITEM],
    [
      'an item numbered 0',
      { ItemSku0: 'S', ItemCategory0: 'C', ItemQuantity0: '1', ItemPrice0: '5', CurrencyCode: 'USD' },
    ],
    [
      'an item without a number',
      { ItemSku: 'S', ItemCategory: 'C', ItemQuantity: '1', ItemPrice: '5', CurrencyCode: 'USD' },
    ],
    ['(12,2) of an order discount', { OrderDiscount: '1234567890.12', CurrencyCode: 'USD' }],
    ['(14,2) of a subtotal', { ...ITEM, ItemSubTotal1: '123456789012.34' }],
    ['SHA-1', { CustomerEmail: 'a'.repeat(40) }],
    ['SHA-256 in capitals', { CustomerEmail: 'A'.repeat(64) }],
    ['names it does not know', { Whatever: 'x'.repeat(999), constructor: 'x' }],
  ])('%s', (_, over) => {
    expect(problems(over)).toEqual([]);
  });

  test.each<[Partial<ValidationRules>, Record<string, string>]>([
    [{ longText: 'accept' }, { OrderId: 'x'.repeat(99) }],
    [{ longText: 'cut' }, { Note: 'x'.repeat(999) }],
    [{ longDecimals: 'accept' }, { Amount: '123456789.1234', CurrencyCode: 'USD' }],
    [{ futureEventDate: 'accept' }, { EventDate: '2027-01-01T00:00:00Z' }],
  ])('what %j allows', (rules, over) => {
    expect(problems(over, rules)).toEqual([]);
  });
});

test('readConversion remembers what it does not know', () => {
  const input = readConversion({
    Whatever: '1',
    Text51: 'x',
    ItemText1_51: 'x',
    ItemText1_50: 'y',
    Itemsku1: 'z',
  });
  expect(input.ignored).toEqual(['Whatever', 'Text51', 'ItemText1_51', 'Itemsku1']);
  expect(input.items).toEqual([{ group: '1', fields: { ItemText_50: 'y' } }]);
});
