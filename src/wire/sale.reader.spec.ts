import { describe, expect, it } from '@jest/globals';
import type { ConversionInput, ConversionItem, ItemizedConversion } from './conversion.input.js';
import type { InputRule, NoteRule } from './sale.findings.js';
import { readSale } from './sale.reader.js';
import { DEFAULT_SALE_RULES, type SaleRules } from './sale.rules.js';

const item: ConversionItem = { sku: 'TEE-RED-M', category: 'Shirts', quantity: 2, subtotal: '40.00' };
const sale: ItemizedConversion = {
  orderId: '1001',
  eventDate: new Date('2026-03-01T12:00:00.900Z'),
  currency: 'EUR',
  items: [item],
};

const order = (changes: Record<string, unknown>): unknown => ({ ...sale, ...changes });
const line = (changes: Record<string, unknown>): unknown => order({ items: [{ ...item, ...changes }] });
const rulesOf = (input: unknown, rules: SaleRules = DEFAULT_SALE_RULES): string[] =>
  readSale(input, rules).findings.problems.map((problem) => `${problem.field} ${problem.rule}`);
const notesOf = (input: unknown, rules: SaleRules = DEFAULT_SALE_RULES): string[] =>
  readSale(input, rules).findings.warnings.map((warning) => `${warning.field} ${warning.rule}`);

describe('a good sale', () => {
  it('has no problem and no remark', () => {
    const { findings } = readSale(sale, DEFAULT_SALE_RULES);
    expect(findings.problems).toEqual([]);
    expect(findings.warnings).toEqual([]);
  });

  it.each<[name: string, input: unknown]>([
    [
      'null for what is optional',
      order({ customer: null, discount: null, clickId: null, items: [{ ...item, tax: null, name: null }] }),
    ],
    [
      'empty texts for what is optional',
      order({ clickId: '', note: '', customer: { id: '', country: '', email: ' ' } }),
    ],
    ['a line of nothing', line({ quantity: 0, subtotal: 0 })],
    ['a free line', line({ subtotal: undefined, price: '0' })],
    ['a discount that takes everything', order({ discount: '40.00' })],
    ['numbers for money', line({ subtotal: 39.9 })],
    ['objects without a prototype', Object.assign(Object.create(null) as object, sale)],
    ['a currency in small letters', order({ currency: 'eur' })],
    ['one amount', { ...sale, items: undefined, amount: 12.5, expectedTotal: '12.50' }],
    [
      'an expected total that agrees',
      order({
        discount: '5',
        items: [{ ...item, subtotal: '47.60', tax: '7.60', totalDiscount: '4' }],
        expectedTotal: 31,
      }),
    ],
    ['a digest for the e-mail', order({ customer: { email: 'a'.repeat(64) } })],
    ['sub ids of a forced partner', order({ mediaPartnerId: 12345, subIds: ['a', 'b', 'c'], sharedId: 's' })],
    ['a negative margin', order({ margin: '-3.20' })],
    ['a click id of an unusual length', order({ clickId: '_a~b:c-d.E' })],
  ])('may have %s', (_name, input) => {
    expect(readSale(input, DEFAULT_SALE_RULES).findings.problems).toEqual([]);
  });
});

describe('problems', () => {
  it.each<[what: string, input: unknown, field: string, rule: InputRule]>([
    ['nothing at all', undefined, 'sale', 'wrong-type'],
    ['a list', [sale], 'sale', 'wrong-type'],
    ['a promise of a sale', 'sale', 'sale', 'wrong-type'],
    ['no order id', order({ orderId: undefined }), 'orderId', 'required'],
    ['a blank order id', order({ orderId: '  ' }), 'orderId', 'required'],
    ['a number as order id', order({ orderId: 1001 }), 'orderId', 'wrong-type'],
    ['an order id of 256 characters', order({ orderId: 'x'.repeat(256) }), 'orderId', 'too-long'],
    ['an order id with a line break', order({ orderId: '10\n01' }), 'orderId', 'control-characters'],
    ['half a surrogate pair', order({ orderId: '10\ud83d' }), 'orderId', 'control-characters'],
    ['an e-mail address as order id', order({ orderId: 'eve@example.com' }), 'orderId', 'personal-data'],
    ['no date', order({ eventDate: null }), 'eventDate', 'required'],
    ['a text as date', order({ eventDate: '2026-03-01' }), 'eventDate', 'wrong-type'],
    ['an invalid date', order({ eventDate: new Date('31/12/2026') }), 'eventDate', 'wrong-type'],
    [
      'an impostor of a date',
      order({ eventDate: Object.create(Date.prototype) as Date }),
      'eventDate',
      'wrong-type',
    ],
    [
      'seconds taken for milliseconds',
      order({ eventDate: new Date(1_772_366_400) }),
      'eventDate',
      'bad-shape',
    ],
    ['the year 10000', order({ eventDate: new Date(Date.UTC(10_000, 0, 1)) }), 'eventDate', 'bad-shape'],
    ['no currency', order({ currency: undefined }), 'currency', 'required'],
    ['a currency sign', order({ currency: '€' }), 'currency', 'unknown-currency'],
    ['a currency that never was', order({ currency: 'EUX' }), 'currency', 'unknown-currency'],
    ['no worth', order({ items: undefined }), 'items', 'no-form'],
    ['both forms', order({ amount: '40' }), 'amount', 'both-forms'],
    ['an empty list', order({ items: [] }), 'items', 'empty'],
    ['too many lines', order({ items: Array.from({ length: 10_001 }, () => item) }), 'items', 'too-many'],
    ['lines that are an object', order({ items: { 0: item } }), 'items', 'wrong-type'],
    ['a line that is nothing', order({ items: [null] }), 'items[0]', 'wrong-type'],
    [
      'a line with a hole before it',
      order({ items: Object.assign([], { 1: item }) }),
      'items[0]',
      'wrong-type',
    ],
    [
      'an order discount beside an amount',
      { ...sale, items: undefined, amount: '5', discount: '1' },
      'discount',
      'both-forms',
    ],
    ['a negative amount', { ...sale, items: undefined, amount: '-5' }, 'amount', 'negative'],
    ['no sku', line({ sku: undefined }), 'items[0].sku', 'required'],
    ['a blank sku', line({ sku: ' ' }), 'items[0].sku', 'required'],
    ['a long sku', line({ sku: 'x'.repeat(256) }), 'items[0].sku', 'too-long'],
    ['no category', line({ category: null }), 'items[0].category', 'required'],
    ['no quantity', line({ quantity: undefined }), 'items[0].quantity', 'required'],
    ['half a piece', line({ quantity: 1.5 }), 'items[0].quantity', 'bad-shape'],
    ['fewer than none', line({ quantity: -1 }), 'items[0].quantity', 'bad-shape'],
    ['a quantity that is no number', line({ quantity: Number.NaN }), 'items[0].quantity', 'bad-shape'],
    ['a quantity in a text', line({ quantity: '2' }), 'items[0].quantity', 'wrong-type'],
    ['neither price nor subtotal', line({ subtotal: undefined }), 'items[0].subtotal', 'required'],
    ['price and subtotal', line({ price: '20' }), 'items[0].price', 'both-forms'],
    ['a float', line({ subtotal: 0.1 + 0.2 }), 'items[0].subtotal', 'too-many-decimals'],
    ['a negative subtotal', line({ subtotal: '-1' }), 'items[0].subtotal', 'negative'],
    ['cents of a yen', order({ currency: 'JPY' }), 'items[0].subtotal', 'too-many-decimals'],
    ['more tax than price', line({ tax: '41' }), 'items[0].tax', 'discount-too-large'],
    [
      'a coupon larger than its line',
      line({ tax: '10', totalDiscount: '30.01' }),
      'items[0].totalDiscount',
      'discount-too-large',
    ],
    ['a discount larger than the order', order({ discount: '40.01' }), 'discount', 'discount-too-large'],
    [
      'an expected total that disagrees',
      order({ expectedTotal: '39.99' }),
      'expectedTotal',
      'total-mismatch',
    ],
    ['shipping that is no money', order({ shipping: 'free' }), 'shipping', 'bad-money'],
    ['negative tax', order({ tax: '-0.01' }), 'tax', 'negative'],
    ['a customer that is a text', order({ customer: 'eve' }), 'customer', 'wrong-type'],
    [
      'an e-mail address as customer id',
      order({ customer: { id: ' Eve@Example.com ' } }),
      'customer.id',
      'personal-data',
    ],
    ['an encoded one', order({ customer: { id: 'eve%40example.com' } }), 'customer.id', 'personal-data'],
    ['one as subscription', order({ subscription: 'eve@example.com' }), 'subscription', 'personal-data'],
    ['one as visitor id', order({ customProfileId: 'eve@example.com' }), 'customProfileId', 'personal-data'],
    ['a long visitor id', order({ customProfileId: 'x'.repeat(71) }), 'customProfileId', 'too-long'],
    [
      'an e-mail address that is none',
      order({ customer: { email: 'eve at example' } }),
      'customer.email',
      'bad-shape',
    ],
    ['a country of three letters', order({ customer: { country: 'USA' } }), 'customer.country', 'bad-shape'],
    ['a long status', order({ customer: { status: 'x'.repeat(41) } }), 'customer.status', 'too-long'],
    ['a click id with a space', order({ clickId: 'a b' }), 'clickId', 'bad-shape'],
    ['an encoded click id', order({ clickId: 'a%3Ab' }), 'clickId', 'bad-shape'],
    ['a click id of 65', order({ clickId: 'x'.repeat(65) }), 'clickId', 'bad-shape'],
    ['a partner by name', order({ mediaPartnerId: 'Best Blog' }), 'mediaPartnerId', 'bad-shape'],
    ['sub ids without a partner', order({ subIds: ['a'] }), 'subIds', 'needs-other-field'],
    ['a shared id without a partner', order({ sharedId: 'a' }), 'sharedId', 'needs-other-field'],
    ['four sub ids', order({ mediaPartnerId: '1', subIds: ['a', 'b', 'c', 'd'] }), 'subIds', 'wrong-type'],
    ['a sub id that is a number', order({ mediaPartnerId: '1', subIds: [7] }), 'subIds[0]', 'wrong-type'],
    ['one promo code as a text', order({ promoCodes: 'SAVE10' }), 'promoCodes', 'wrong-type'],
    ['a promo code with a comma', order({ promoCodes: ['', 'A,B'] }), 'promoCodes[1]', 'bad-shape'],
    [
      'many promo codes',
      order({ promoCodes: Array.from({ length: 101 }, (_, n) => `SAVE-${n}`) }),
      'promoCodes',
      'too-many',
    ],
    ['consent in words', order({ consent: 'yes' }), 'consent', 'wrong-type'],
    ['a test by name', order({ test: 'true' }), 'test', 'wrong-type'],
    ['custom text 51', order({ text: { 51: 'a' } }), 'text', 'bad-index'],
    ['custom money 0', order({ money: { 0: '1' } }), 'money', 'bad-index'],
    ['custom fields as a list', order({ text: ['a'] }), 'text', 'wrong-type'],
    ['a custom number that is none', order({ numeric: { 1: Infinity } }), 'numeric[1]', 'bad-shape'],
    ['a custom date that is none', line({ dates: { 2: 'soon' } }), 'items[0].dates[2]', 'wrong-type'],
    ['custom money of a float', line({ money: { 3: 0.1 + 0.2 } }), 'items[0].money[3]', 'too-many-decimals'],
  ])('%s', (_what, input, field, rule) => {
    expect(rulesOf(input)).toEqual([`${field} ${rule}`]);
  });

  it('are all told at once', () => {
    expect(
      rulesOf({
        items: [{ quantity: '1' }, item],
        currency: 'EUR',
        discount: 'x',
        customer: { country: 'Germany' },
      }),
    ).toEqual([
      'orderId required',
      'eventDate required',
      'items[0].sku required',
      'items[0].category required',
      'items[0].quantity wrong-type',
      'items[0].subtotal required',
      'discount bad-money',
      'customer.country bad-shape',
    ]);
  });

  it('show what is wrong with an amount even while the currency is unknown', () => {
    expect(rulesOf(order({ currency: '?', items: [{ ...item, subtotal: '1,5' }] }))).toEqual([
      'currency unknown-currency',
      'items[0].subtotal bad-money',
    ]);
  });

  it('explain the total that the module arrives at', () => {
    const input = order({
      items: [{ ...item, subtotal: '119.00', tax: '19.00', totalDiscount: '10.00' }],
      discount: '5.00',
      expectedTotal: '119.00',
    });
    expect(readSale(input, DEFAULT_SALE_RULES).findings.problems[0]?.message).toBe(
      'expectedTotal: 119.00 is not the 85.00 that impact.com would credit ' +
        '(items 119.00 less tax 19.00 less line discounts 10.00 less order discount 5.00). ' +
        'Look for tax or shipping inside prices, a discount given twice or not at all, or a gift card taken for a discount.',
    );
  });

  it('say nothing about the customer', () => {
    const personal = 'eve.secret@example.com';
    const input = order({
      orderId: personal,
      clickId: personal,
      currency: personal,
      customProfileId: personal,
      customer: { id: personal, email: `${personal}@`, status: `${personal}\n`, country: personal },
      call: { countryCode: personal },
      mediaPartnerId: personal,
      items: [{ ...item, quantity: personal, subtotal: personal }],
      [personal]: 1,
    });
    const { problems, warnings } = readSale(input, DEFAULT_SALE_RULES).findings;
    expect(problems.length).toBeGreaterThanOrEqual(9);
    expect(JSON.stringify([problems, warnings])).not.toContain('secret');
  });

  it('end with what to do, each of them', () => {
    const { problems } = readSale({ items: [{}] }, DEFAULT_SALE_RULES).findings;
    for (const problem of problems) {
      expect(problem.message).toMatch(/\.$/);
      expect(problem.message.endsWith(problem.fix)).toBe(true);
      expect(problem.message.startsWith(`${problem.field}: `)).toBe(true);
    }
  });

  it('are kept to a hundred, however many lines are broken', () => {
    const input = order({ items: Array.from({ length: 5000 }, () => ({})) });
    expect(readSale(input, DEFAULT_SALE_RULES).findings.problems).toHaveLength(100);
  });
});

describe('the shop’s own rules', () => {
  const strict: SaleRules = {
    amountLimits: { digits: 8, decimals: 2, enforce: true },
    customerStatuses: ['NEW', 'EXISTING'],
  };

  it('allow the statuses of the event type only', () => {
    expect(rulesOf(order({ customer: { status: 'NEW' } }), strict)).toEqual([]);
    expect(rulesOf(order({ customer: { status: 'New' } }), strict)).toEqual(['customer.status not-in-list']);
  });

  it.each<[what: string, input: unknown, remarks: string[]]>([
    ['an amount in its limit', { ...sale, items: undefined, amount: '999999.99' }, []],
    [
      'an amount beyond it',
      { ...sale, items: undefined, amount: '1000000.00' },
      ['amount beyond-vendor-limit'],
    ],
    ['a line in its wider limit', line({ subtotal: '999999999999.99' }), []],
    ['a line beyond it', line({ subtotal: '1000000000000' }), ['items[0].subtotal beyond-vendor-limit']],
    [
      'a price that quantity lifts beyond it',
      line({ subtotal: undefined, price: '999999999999', quantity: 2 }),
      ['items[0] beyond-vendor-limit'],
    ],
    [
      'fils in the third decimal',
      order({
        currency: 'KWD',
        items: [
          { ...item, subtotal: '1.005' },
          { ...item, subtotal: '2.001' },
        ],
      }),
      ['currency beyond-vendor-limit'],
    ],
    ['a third decimal of zero', order({ currency: 'KWD', items: [{ ...item, subtotal: '1.500' }] }), []],
  ])('remark on %s, or refuse it', (_what, input, remarks) => {
    expect(notesOf(input)).toEqual(remarks);
    expect(rulesOf(input)).toEqual([]);
    expect([...new Set(rulesOf(input, strict))]).toEqual(remarks);
  });
});

describe('remarks', () => {
  it.each<[what: string, input: unknown, field: string, rule: NoteRule]>([
    ['a long name', line({ name: 'x'.repeat(256) }), 'items[0].name', 'cut'],
    ['a long payment type', order({ paymentType: 'x'.repeat(33) }), 'paymentType', 'cut'],
    ['a long custom text', order({ text: { 7: 'x'.repeat(65) } }), 'text[7]', 'cut'],
    ['a line break in a note', order({ note: 'two\nlines' }), 'note', 'cleaned'],
    ['an e-mail address in a note', order({ note: 'for eve@example.com' }), 'note', 'personal-data'],
    ['an address that is none', order({ ipAddress: 'unknown' }), 'ipAddress', 'left-out'],
    ['a margin below zero', order({ margin: '-3.20' }), 'margin', 'left-out'],
    ['a custom number below zero', order({ numeric: { 1: '-1.5' } }), 'numeric[1]', 'left-out'],
    ['a custom amount below zero', order({ money: { 2: '-1.50' } }), 'money[2]', 'left-out'],
    ["a line's custom amount below zero", line({ money: { 2: -1 } }), 'items[0].money[2]', 'left-out'],
    ['a slip in a name', order({ totaldiscount: '5' }), 'totaldiscount', 'unknown-field'],
    ['a slip in a line', line({ total_discount: '5' }), 'items[].total_discount', 'unknown-field'],
    ['a slip in a group', order({ customer: { postcode: '1' } }), 'customer.postcode', 'unknown-field'],
    [
      'a forced partner beside a click',
      order({ clickId: 'abc', mediaPartnerId: '7' }),
      'mediaPartnerId',
      'forced-partner',
    ],
    ['a large custom number', order({ numeric: { 1: 1234567 } }), 'numeric[1]', 'beyond-vendor-limit'],
  ])('%s', (_what, input, field, rule) => {
    expect(rulesOf(input)).toEqual([]);
    expect(notesOf(input)).toEqual([`${field} ${rule}`]);
  });
});

describe('what the types forbid', () => {
  it('is an error of the compiler', () => {
    // @ts-expect-error items and amount together
    const both: ConversionInput = { ...sale, amount: '1' };
    // @ts-expect-error price and subtotal together
    const prices: ConversionItem = { ...item, price: '1' };
    // @ts-expect-error neither of them
    const neither: ConversionInput = { orderId: '1', eventDate: new Date(), currency: 'EUR' };
    // @ts-expect-error a fifty-first custom text
    const text: ConversionInput = { ...sale, text: { 51: 'x' } };
    expect([both, prices, neither, text]).toHaveLength(4);
  });
});
