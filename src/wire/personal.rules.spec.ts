import { describe, expect, it } from '@jest/globals';
import { CUSTOM_FIELDS, ITEM_FIELDS, ORDER_FIELDS } from './field.catalog.js';
import { personalParameter, withoutPerson } from './personal.rules.js';

const NONE: ReadonlySet<string> = new Set();

describe('what a field says about the person', () => {
  it('is said of every field that there is', () => {
    const marks = [...ORDER_FIELDS, ...ITEM_FIELDS, ...Object.values(CUSTOM_FIELDS)].map(
      ({ parameter, personal }) => [parameter, personal],
    );
    expect(marks.filter(([, personal]) => !['customer', 'free', 'no'].includes(personal!))).toEqual([]);
  });

  it('is that of this list', () => {
    const marked = (mark: string): string[] =>
      ORDER_FIELDS.filter(({ personal }) => personal === mark).map(({ parameter }) => parameter);
    // Adding a parameter means deciding about it here and in docs/privacy.md.
    expect(marked('customer')).toEqual([
      'CustomerId',
      'CustomerEmail',
      'CustomerCity',
      'CustomerRegion',
      'CustomerCountry',
      'CustomerPostCode',
      'CustomProfileId',
      'CallerId',
      'PhoneNumber',
      'CountryCode',
      'GoogAId',
      'AndroidId',
      'AppleIfa',
      'AppleIfv',
      'DeviceMfr',
      'DeviceModel',
      'IpAddress',
      'UserAgent',
    ]);
    expect(marked('free')).toEqual(['AppInstallRef', 'Note']);
    expect(marked('no')).toEqual([
      'OrderShipping',
      'OrderTax',
      'OrderMargin',
      'OrderPromoCode',
      'CustomerStatus',
      'MediaPartnerId',
      'SubId1',
      'SubId2',
      'SubId3',
      'SharedId',
      'UniqueUrl',
      'PropertyId',
      'AppPackage',
      'AppVer',
      'AppName',
      'LocationId',
      'LocationName',
      'LocationType',
      'TrackingConsent',
      'PaymentType',
      'GiftPurchase',
      'DispositionCode',
    ]);
    expect(ITEM_FIELDS.filter(({ personal }) => personal !== 'no')).toEqual([]);
  });

  it.each<[string, boolean]>([
    ['ClickId', false],
    ['OrderId', false],
    ['EventDate', false],
    ['ItemSku1', false],
    ['ItemCategory12', false],
    ['ItemSubTotal2', false],
    ['ItemName3', false],
    ['OrderSubTotalPostDiscount', false],
    ['CustomerEmail', true],
    ['Text1', true],
    ['Text50', true],
    ['Numeric10', true],
    ['Date2', true],
    ['Money1', false],
    ['ItemText1_3', true],
    ['ItemText12_1', true],
    ['ItemDate1_10', true],
    ['ItemMoney1_3', false],
  ])('%s goes: %s', (name, goes) => {
    expect(personalParameter(name, NONE)).toBe(goes);
  });

  it('may be told of the caller’s own fields, of an order and of its lines', () => {
    const kept = new Set(['text.3', 'note', 'customer.id']);
    expect(
      ['Text3', 'ItemText1_3', 'Note', 'Text4', 'ItemText1_4', 'CustomerId'].map((name) =>
        personalParameter(name, kept),
      ),
    ).toEqual([false, false, false, true, true, true]);
  });
});

describe('a request without the person', () => {
  it('keeps the rest in its order, and says what went', () => {
    const request = [
      ['OrderId', 'A-1'],
      ['CustomerId', 'c-1'],
      ['ClickId', 'x'],
      ['CustomerCity', 'Nest'],
      ['ItemText1_2', 'for Anna'],
    ] as const;
    expect(withoutPerson(request, NONE)).toEqual({
      request: [
        ['OrderId', 'A-1'],
        ['ClickId', 'x'],
      ],
      values: ['c-1', 'Nest', 'for Anna'],
    });
  });

  it('also of a sale that cannot be sent', () => {
    const understood = {
      orderId: 'A-1',
      currency: 'EURO',
      customer: { id: 'c-1', email: 'digest', status: 'NEW', city: '[withheld]', country: 'USA' },
      items: [{ sku: 'S', quantity: 1, text: { 1: 'for Anna', 2: 'gift' } }],
      text: { 1: 'x' },
      note: 'call Anna',
      device: { model: '[withheld]' },
      promoCodes: ['SPRING'],
    };
    const { request, values } = withoutPerson(
      [['understood', JSON.stringify(understood)]],
      new Set(['text.2']),
    );
    expect(JSON.parse(request[0]![1])).toEqual({
      orderId: 'A-1',
      currency: 'EURO',
      customer: { status: 'NEW' },
      items: [{ sku: 'S', quantity: 1, text: { 2: 'gift' } }],
      text: {},
      device: {},
      promoCodes: ['SPRING'],
    });
    expect(values).toEqual(expect.arrayContaining(['c-1', 'digest', 'for Anna', 'call Anna']));
  });
});
