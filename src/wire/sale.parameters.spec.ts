import { describe, expect, it } from '@jest/globals';
import type { ConversionInput } from './conversion.input.js';
import { creditableAmount, attributionKeys, type PreparedSale } from './prepared.sale.js';
import { encodeForm, toJsonBody, toParameters, type SaleContext } from './sale.parameters.js';
import { readSale } from './sale.reader.js';
import { DEFAULT_SALE_RULES } from './sale.rules.js';

const context: SaleContext = { campaignId: '1000', eventTypeId: '4636', clickId: 'Q:c~1-X_y.0' };
const withoutClick: SaleContext = { ...context, clickId: null };
const eventDate = new Date('2026-03-01T00:00:00.999+01:00');

const prepared = (input: ConversionInput): PreparedSale => {
  const { sale, findings } = readSale(input, DEFAULT_SALE_RULES);
  if (sale === null) throw new TypeError(findings.problems.map(({ message }) => message).join('\n'));
  return sale;
};

interface Golden {
  name: string;
  input: ConversionInput;
  context?: SaleContext;
  /** After CampaignId and event type; as `Name=value`. */
  sends: string[];
  credits: bigint;
}

const golden: Golden[] = [
  {
    name: 'a plain cart',
    input: {
      orderId: '1001',
      eventDate,
      currency: 'EUR',
      items: [
        { sku: 'TEE', category: 'Shirts', quantity: 2, price: '20.00', name: 'Tee' },
        { sku: 'CAP', category: 'Hats', quantity: 1, subtotal: 9.9 },
      ],
      expectedTotal: '49.90',
    },
    sends: [
      'EventDate=2026-02-28T23:00:00Z',
      'OrderId=1001',
      'ClickId=Q:c~1-X_y.0',
      'CurrencyCode=EUR',
      'ItemSku1=TEE',
      'ItemCategory1=Shirts',
      'ItemQuantity1=2',
      'ItemSubTotal1=40.00',
      'ItemName1=Tee',
      'ItemSku2=CAP',
      'ItemCategory2=Hats',
      'ItemQuantity2=1',
      'ItemSubTotal2=9.90',
    ],
    credits: 4990n,
  },
  {
    name: 'a cart with VAT inside, a line coupon, an order coupon and shipping, paid in part by gift card',
    input: {
      orderId: '1002',
      eventDate,
      currency: 'EUR',
      items: [
        // 119.00 on the label, 11.90 off, 107.10 paid with 17.10 of VAT in it.
        {
          sku: 'JACKET',
          category: 'Coats',
          quantity: 1,
          subtotal: '119.00',
          tax: '17.10',
          totalDiscount: '11.90',
        },
        { sku: 'SOCKS', category: 'Socks', quantity: 3, price: '11.90', tax: '5.70' },
      ],
      discount: '20.00',
      shipping: '4.90',
      tax: '22.80',
      promoCodes: ['COAT10', 'WELCOME20'],
      paymentType: 'GIFTCARD+CREDIT',
      giftPurchase: false,
      customer: {
        id: 'c-7',
        email: ' Ada@Example.com',
        status: 'NEW',
        country: 'de',
        city: 'Köln',
        postCode: '50667',
      },
      consent: true,
      ipAddress: '203.0.113.7',
      userAgent: 'Mozilla/5.0',
      expectedTotal: '100.00',
    },
    sends: [
      'EventDate=2026-02-28T23:00:00Z',
      'OrderId=1002',
      'ClickId=Q:c~1-X_y.0',
      'CurrencyCode=EUR',
      'OrderDiscount=20.00',
      'OrderShipping=4.90',
      'OrderTax=22.80',
      'OrderPromoCode=COAT10',
      'CustomerId=c-7',
      'CustomerEmail=3ca93ad87e0bb737e653b66ad67731e86bbc050f',
      'CustomerStatus=NEW',
      'CustomerCity=Köln',
      'CustomerCountry=DE',
      'CustomerPostCode=50667',
      'TrackingConsent=true',
      'IpAddress=203.0.113.7',
      'UserAgent=Mozilla/5.0',
      'PaymentType=GIFTCARD+CREDIT',
      'GiftPurchase=false',

      'ItemSku1=JACKET',
      'ItemCategory1=Coats',
      'ItemQuantity1=1',
      'ItemSubTotal1=101.90',
      'ItemTotalDiscount1=11.90',
      'ItemSku2=SOCKS',
      'ItemCategory2=Socks',
      'ItemQuantity2=3',
      'ItemSubTotal2=30.00',
    ],
    credits: 10000n,
  },
  {
    name: 'yen',
    input: {
      orderId: 'J1',
      eventDate,
      currency: 'JPY',
      items: [{ sku: 'A', category: 'C', quantity: 3, price: 1500 }],
      discount: 500,
    },
    sends: [
      'EventDate=2026-02-28T23:00:00Z',
      'OrderId=J1',
      'ClickId=Q:c~1-X_y.0',
      'CurrencyCode=JPY',
      'OrderDiscount=500',
      'ItemSku1=A',
      'ItemCategory1=C',
      'ItemQuantity1=3',
      'ItemSubTotal1=4500',
    ],
    credits: 4000n,
  },
  {
    name: 'dinars',
    input: {
      orderId: 'K1',
      eventDate,
      currency: 'KWD',
      items: [{ sku: 'A', category: 'C', quantity: 2, price: '1.005' }],
    },
    sends: [
      'EventDate=2026-02-28T23:00:00Z',
      'OrderId=K1',
      'ClickId=Q:c~1-X_y.0',
      'CurrencyCode=KWD',
      'ItemSku1=A',
      'ItemCategory1=C',
      'ItemQuantity1=2',
      'ItemSubTotal1=2.010',
    ],
    credits: 2010n,
  },
  {
    name: 'an order of zero, with every zero kept',
    input: {
      orderId: '0',
      eventDate,
      currency: 'USD',
      items: [{ sku: 'FREE', category: 'Samples', quantity: 0, price: 0, totalDiscount: 0 }],
      discount: 0,
      shipping: '0',
      tax: 0,
      numeric: { 1: 0 },
    },
    sends: [
      'EventDate=2026-02-28T23:00:00Z',
      'OrderId=0',
      'ClickId=Q:c~1-X_y.0',
      'CurrencyCode=USD',
      'OrderDiscount=0.00',
      'OrderShipping=0.00',
      'OrderTax=0.00',
      'Numeric1=0',

      'ItemSku1=FREE',
      'ItemCategory1=Samples',
      'ItemQuantity1=0',
      'ItemSubTotal1=0.00',
      'ItemTotalDiscount1=0.00',
    ],
    credits: 0n,
  },
  {
    name: 'one amount for the order',
    input: {
      orderId: '1003',
      eventDate,
      currency: 'USD',
      amount: 80,
      shipping: '5',
      tax: '6.40',
      margin: '1.5',
    },
    sends: [
      'EventDate=2026-02-28T23:00:00Z',
      'OrderId=1003',
      'ClickId=Q:c~1-X_y.0',
      'CurrencyCode=USD',
      'OrderSubTotalPostDiscount=80.00',
      'OrderShipping=5.00',
      'OrderTax=6.40',
      'OrderMargin=1.50',
    ],
    credits: 8000n,
  },
  {
    name: 'no click and a promo code',
    input: {
      orderId: '1004',
      eventDate,
      currency: 'USD',
      amount: '10',
      promoCodes: ['PARTNER5', ' ', 'PARTNER5'],
    },
    context: withoutClick,
    sends: [
      'EventDate=2026-02-28T23:00:00Z',
      'OrderId=1004',
      'CurrencyCode=USD',
      'OrderSubTotalPostDiscount=10.00',
      'OrderPromoCode=PARTNER5',
    ],
    credits: 1000n,
  },
  {
    name: 'a forced partner without a click',
    input: {
      orderId: '1005',
      eventDate,
      currency: 'USD',
      amount: '10',
      mediaPartnerId: 98765,
      subIds: ['a', '', 'c'],
      sharedId: 'banner',
    },
    context: withoutClick,
    sends: [
      'EventDate=2026-02-28T23:00:00Z',
      'OrderId=1005',
      'CurrencyCode=USD',
      'OrderSubTotalPostDiscount=10.00',
      'MediaPartnerId=98765',
      'SubId1=a',
      'SubId3=c',
      'SharedId=banner',
    ],
    credits: 1000n,
  },
  {
    name: 'a forced partner with a click, which brings its own sub ids',
    input: {
      orderId: '1005',
      eventDate,
      currency: 'USD',
      amount: '10',
      mediaPartnerId: '98765',
      subIds: ['a'],
      sharedId: 'banner',
    },
    sends: [
      'EventDate=2026-02-28T23:00:00Z',
      'OrderId=1005',
      'ClickId=Q:c~1-X_y.0',
      'CurrencyCode=USD',
      'OrderSubTotalPostDiscount=10.00',
      'MediaPartnerId=98765',
    ],
    credits: 1000n,
  },
  {
    name: 'a telephone order',
    input: {
      orderId: '1006',
      eventDate,
      currency: 'USD',
      amount: '10',
      call: { callerId: 'call-1', phoneNumber: '+1 555 0100', countryCode: 'US' },
      uniqueUrl: 'https://blog.example',
    },
    context: { ...withoutClick, eventTypeCode: 'ACME_SALE' },
    sends: [
      'EventDate=2026-02-28T23:00:00Z',
      'OrderId=1006',
      'CurrencyCode=USD',
      'OrderSubTotalPostDiscount=10.00',
      'UniqueUrl=https://blog.example',
      'CallerId=call-1',
      'PhoneNumber=+1 555 0100',
      'CountryCode=US',
    ],
    credits: 1000n,
  },
  {
    name: 'a sale in an app',
    input: {
      orderId: '1007',
      eventDate,
      currency: 'USD',
      amount: '10',
      customProfileId: 'idfv-1',
      device: {
        googAId: 'g',
        androidId: 'an',
        appleIfa: 'ia',
        appleIfv: 'iv',
        manufacturer: 'Acme',
        model: 'Phone 1',
      },
      app: {
        propertyId: 42,
        package: 'com.acme',
        version: '1.2',
        name: 'Acme',
        installReferrer: 'ClickId=x',
      },
      location: { id: 'H1', name: 'Hotel', type: 'CITY' },
    },
    context: withoutClick,
    sends: [
      'EventDate=2026-02-28T23:00:00Z',
      'OrderId=1007',
      'CurrencyCode=USD',
      'OrderSubTotalPostDiscount=10.00',
      'CustomProfileId=idfv-1',
      'GoogAId=g',
      'AndroidId=an',
      'AppleIfa=ia',
      'AppleIfv=iv',
      'DeviceMfr=Acme',
      'DeviceModel=Phone 1',
      'PropertyId=42',
      'AppPackage=com.acme',
      'AppVer=1.2',
      'AppName=Acme',
      'AppInstallRef=ClickId=x',
      'LocationId=H1',
      'LocationName=Hotel',
      'LocationType=CITY',
    ],
    credits: 1000n,
  },
  {
    name: 'custom fields on both levels, in the order of their numbers',
    input: {
      orderId: '1008',
      eventDate,
      currency: 'EUR',
      text: { 50: 'last', 2: 'second' },
      numeric: { 10: '1.5' },
      money: { 3: '9.9' },
      dates: { 1: new Date('2026-04-01T10:00:00Z') },
      note: 'gift',
      dispositionCode: 'CUSTOM_1',
      items: [
        {
          sku: 'A',
          category: 'C',
          quantity: 1,
          subtotal: '1',
          subcategory: 'SC',
          mpn: 'M',
          brand: 'B',
          promoCode: 'P',
          deliveryType: 'INSTORE',
          text: { 1: 'one', 50: 'fifty' },
          numeric: { 1: 2 },
          money: { 1: 3 },
          dates: { 10: new Date('2026-04-02T10:00:00Z') },
        },
      ],
    },
    sends: [
      'EventDate=2026-02-28T23:00:00Z',
      'OrderId=1008',
      'ClickId=Q:c~1-X_y.0',
      'CurrencyCode=EUR',
      'DispositionCode=CUSTOM_1',
      'Note=gift',
      'Text2=second',
      'Text50=last',
      'Numeric10=1.5',
      'Money3=9.90',
      'Date1=2026-04-01T10:00:00Z',
      'ItemSku1=A',
      'ItemCategory1=C',
      'ItemQuantity1=1',
      'ItemSubTotal1=1.00',

      'ItemSubCategory1=SC',
      'ItemMpn1=M',
      'ItemBrand1=B',
      'ItemPromoCode1=P',
      'ItemDeliveryType1=INSTORE',

      'ItemText1_1=one',
      'ItemText1_50=fifty',
      'ItemNumeric1_1=2',
      'ItemMoney1_1=3.00',
      'ItemDate1_10=2026-04-02T10:00:00Z',
    ],
    credits: 100n,
  },
  {
    name: 'texts that are too long, cut between characters',
    input: {
      orderId: '1009',
      eventDate,
      currency: 'EUR',
      paymentType: '💳'.repeat(40),
      text: { 1: 'ä'.repeat(70) },
      items: [
        { sku: 'A', category: 'C', quantity: 1, subtotal: '1', name: '👕'.repeat(300), mpn: 'm'.repeat(65) },
      ],
    },
    sends: [
      'EventDate=2026-02-28T23:00:00Z',
      'OrderId=1009',
      'ClickId=Q:c~1-X_y.0',
      'CurrencyCode=EUR',
      `PaymentType=${'💳'.repeat(32)}`,
      `Text1=${'ä'.repeat(64)}`,
      'ItemSku1=A',
      'ItemCategory1=C',
      'ItemQuantity1=1',
      'ItemSubTotal1=1.00',
      `ItemName1=${'👕'.repeat(255)}`,
      `ItemMpn1=${'m'.repeat(64)}`,
    ],
    credits: 100n,
  },
  {
    name: 'an order id that is too long for the vendor, in many scripts',
    input: {
      orderId: `注文-${'9'.repeat(80)}`,
      eventDate,
      currency: 'EUR',
      items: [{ sku: 'Ц-1', category: 'כובעים', quantity: 1, subtotal: '1', name: 'Tee\u0000 “été”' }],
    },
    sends: [
      'EventDate=2026-02-28T23:00:00Z',
      `OrderId=注文-${'9'.repeat(28)}~DIGEST`,
      'ClickId=Q:c~1-X_y.0',
      'CurrencyCode=EUR',

      'ItemSku1=Ц-1',
      'ItemCategory1=כובעים',
      'ItemQuantity1=1',
      'ItemSubTotal1=1.00',
      'ItemName1=Tee “été”',
    ],
    credits: 100n,
  },
];

describe.each(golden)('$name', ({ input, context: given = context, sends, credits }) => {
  const sale = prepared(input);
  const parameters = toParameters(sale, given);

  it('is sent as exactly these parameters', () => {
    const eventType = given.eventTypeCode
      ? `EventTypeCode=${given.eventTypeCode}`
      : `EventTypeId=${given.eventTypeId}`;
    expect(
      parameters.map(([name, value]) => `${name}=${value}`.replace(/~[0-9a-f]{32}$/, '~DIGEST')),
    ).toEqual(['CampaignId=1000', eventType, ...sends]);
  });

  it('should be credited with the net amount', () => {
    expect(creditableAmount(sale)).toBe(credits);
  });

  it('survives being stored as JSON', () => {
    expect(toParameters(JSON.parse(JSON.stringify(sale)) as PreparedSale, given)).toEqual(parameters);
  });

  it('comes back from a form body and from a JSON body', () => {
    expect([...new URLSearchParams(encodeForm(parameters))]).toEqual(parameters);
    expect(Object.entries(JSON.parse(toJsonBody(parameters)) as object)).toEqual(parameters);
  });
});

describe('customer data', () => {
  const sale = prepared({
    orderId: '1',
    eventDate,
    currency: 'EUR',
    amount: 1,
    customer: { id: 'c-7', email: 'ada@example.com', city: 'Köln', status: 'NEW' },
    ipAddress: '203.0.113.7',
    userAgent: 'UA',
    call: { phoneNumber: '555' },
    promoCodes: ['X'],
  });

  it('is never held with an e-mail address in clear', () => {
    expect(JSON.stringify(sale)).not.toContain('ada');
  });

  it('sends the one promo code that was chosen', () => {
    const several = prepared({
      orderId: '1',
      eventDate,
      currency: 'EUR',
      amount: 1,
      promoCodes: ['A', 'B', 'A', ' '],
    });
    expect(several.promoCodes).toEqual(['A', 'B']);
    const sent = (promoCode?: string | null) =>
      Object.fromEntries(toParameters(several, { ...context, promoCode }))['OrderPromoCode'];
    expect([sent(), sent(null), sent('B')]).toEqual(['A', 'A', 'B']);
    expect(
      Object.fromEntries(toParameters({ ...sale, details: {} }, { ...context, promoCode: 'B' })),
    ).not.toHaveProperty('OrderPromoCode');
  });

  it('gives attribution keys', () => {
    expect(attributionKeys(sale)).toEqual(['CustomerId', 'OrderPromoCode']);
    expect(attributionKeys(sale, 'abc')).toEqual(['ClickId', 'CustomerId', 'OrderPromoCode']);
  });
});
