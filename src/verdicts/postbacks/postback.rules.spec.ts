import { describe, expect, it } from '@jest/globals';
import { currencyOf, dateOf, decimalOf, idOf, stateOf, told } from './macro.rules.js';
import { type KnownAction, notOvertaken, readPostback } from './postback.rules.js';

const OWN = { campaignId: '1000', eventTypeId: '20001' };
const read = (fields: Record<string, unknown>) => readPostback(new Map(Object.entries(fields)), OWN);

describe('told', () => {
  it.each([
    ['{Payout}', null],
    ['{}', null],
    ['', null],
    ['  ', null],
    ['null', null],
    ['N/A', null],
    [null, null],
    [{ a: 1 }, null],
    [['1'], null],
    [Number.NaN, null],
    [1e30, null],
    [' 7 ', '7'],
    [7.5, '7.5'],
    [0, '0'],
    [true, 'true'],
    ['{a} b', '{a} b'],
  ])('%j → %j', (value, expected) => expect(told(value)).toBe(expected));
});

describe('decimalOf', () => {
  it.each([
    ['20.00', '20.00'],
    ['-3.5', '-3.5'],
    [20, '20'],
    ['1,234.50', undefined],
    ['12 USD', undefined],
    ['1e3', undefined],
    ['{Amount}', undefined],
  ])('%j → %j', (value, expected) => expect(decimalOf(value)).toBe(expected));
});

describe('dateOf', () => {
  it.each([
    ['2026-03-01T12:00:00-07:00', '2026-03-01T19:00:00.000Z'],
    ['2026-03-01T12:00:00.5Z', '2026-03-01T12:00:00.500Z'],
    ['2026-03-01T12:00:00+0200', '2026-03-01T10:00:00.000Z'],
    // A plus that was not encoded.
    ['2026-03-01T12:00:00 02:00', '2026-03-01T10:00:00.000Z'],
    ['2026-03-01T12:00:00', undefined],
    ['2026-03-01', undefined],
    ['03/01/2026 12:00', undefined],
    ['2026-13-01T12:00:00Z', undefined],
    ['{EventDate}', undefined],
  ])('%j → %j', (value, expected) => expect(dateOf(value)?.toISOString()).toBe(expected));
});

describe('other readings', () => {
  it.each([
    ['usd', 'USD'],
    ['US', undefined],
    ['{Currency}', undefined],
  ])('currency %j → %j', (value, expected) => expect(currencyOf(value)).toBe(expected));

  it('takes ids as they come, as long as they fit', () => {
    expect(idOf('1000.4636.158133')).toBe('1000.4636.158133');
    expect(idOf('a b')).toBeUndefined();
    expect(idOf('x'.repeat(65))).toBeUndefined();
  });
});

describe('stateOf', () => {
  it.each([
    ['PENDING', '', '', 'PENDING', false],
    ['pending', 'PAID', '', 'APPROVED', true],
    ['APPROVED', 'OPEN', '', 'APPROVED', false],
    ['APPROVED', '', 'cleared', 'APPROVED', true],
    ['Cleared', '', '', 'APPROVED', true],
    ['REJECTED', '', '', 'REVERSED', false],
    ['REVERSED', '', 'tracked', 'REVERSED', false],
    ['REVERSED', 'PAID', '', 'REVERSED', false],
    ['{Status}', '', 'modified', 'PENDING', false],
    ['', '', 'cleared', 'APPROVED', true],
  ])('status %j, detail %j, event %j → %s, cleared %p', (status, detail, event, state, cleared) =>
    expect(stateOf(status, detail, event)).toEqual({ state, cleared }),
  );

  it.each(['', 'toString', 'WHATEVER', '{Status}'])('%j says nothing', (status) =>
    expect(stateOf(status, 'OPEN', '')).toBeUndefined(),
  );
});

describe('readPostback', () => {
  it('reads every macro, whatever the case of its name', () => {
    expect(
      read({
        CAMPAIGNID: '1000',
        actionTrackerId: '20001',
        action_id: '1000.1.2',
        Status: 'PENDING',
        OID: 'A-1',
        MediaPartnerId: '77',
        amount: 19.5,
        Currency: 'usd',
        PayOut: '0.98',
        OriginalAmount: '18.00',
        OriginalCurrency: 'EUR',
        IntendedAmount: '19.50',
        EventDate: '2026-03-01T12:00:00Z',
        CreationDate: '2026-03-01T12:10:00Z',
        LockingDate: '2026-03-17T00:00:00-07:00',
      }),
    ).toEqual({
      is: 'action',
      cleared: false,
      kept: {},
      action: {
        actionId: '1000.1.2',
        state: 'PENDING',
        orderId: 'A-1',
        campaignId: '1000',
        eventTypeId: '20001',
        partnerId: '77',
        amount: '19.5',
        currency: 'USD',
        payout: '0.98',
        originalAmount: '18.00',
        originalCurrency: 'EUR',
        intendedAmount: '19.50',
        eventDate: new Date('2026-03-01T12:00:00Z'),
        creationDate: new Date('2026-03-01T12:10:00Z'),
        lockingDate: new Date('2026-03-17T07:00:00Z'),
      },
    });
  });

  it('leaves out what was not told', () => {
    expect(
      read({ ActionId: '1', Status: 'REVERSED', Payout: '{Payout}', Amount: '', Oid: '{Oid}', OrderId: 'A' }),
    ).toEqual({
      is: 'action',
      cleared: false,
      kept: {},
      action: { actionId: '1', state: 'REVERSED', orderId: 'A' },
    });
  });

  it.each([
    [
      { CampaignId: '1001', ActionId: '1', Status: 'PENDING' },
      { is: 'foreign', what: 'program' },
    ],
    [
      { ActionTrackerId: 20002, ActionId: '1', Status: 'PENDING' },
      { is: 'foreign', what: 'event-type' },
    ],
    [
      { Status: 'PENDING', Oid: 'A' },
      { is: 'unusable', missing: 'ActionId' },
    ],
    [
      { ActionId: '{ActionId}', Status: 'PENDING' },
      { is: 'unusable', missing: 'ActionId' },
    ],
    [
      { ActionId: '1', Status: '{Status}' },
      { is: 'unusable', missing: 'Status' },
    ],
    [{}, { is: 'unusable', missing: 'ActionId' }],
  ])('%j → %j', (fields, expected) => expect(read(fields)).toEqual(expected));

  it('keeps unknown macros by their shape, and nothing of a person', () => {
    const postback = read({
      ActionId: '1',
      Status: 'PENDING',
      AdId: '999',
      ReferringType: 'CLICK_COOKIE',
      DeltaAmount: '-5.00',
      MediaPartnerName: 'Coupons & Co.',
      ReferringDate: '2026-03-01T12:00:00-07:00',
      Nothing: '{Nothing}',
      CustomerId: 'c-1',
      CustomerEmail: 'somebody@example.com',
      Contact: 'somebody@example.com',
      Buyer: 'Jane Doe',
      IpAddress: '203.0.113.7',
      Where: '203.0.113.7',
      Which: '2001:db8::1',
      PhoneNumber: '4915112345678',
      SharedId: 'newsletter',
      Long: 'x'.repeat(65),
      'a name with spaces': '1',
      Deep: { a: 1 },
    });
    expect(postback).toMatchObject({
      kept: {
        AdId: '999',
        DeltaAmount: '-5.00',
        MediaPartnerName: 'Coupons & Co.',
        ReferringDate: '2026-03-01T12:00:00-07:00',
        ReferringType: 'CLICK_COOKIE',
      },
    });
    expect(Object.keys((postback as { kept: object }).kept)).toHaveLength(5);
  });

  it('keeps at most twenty of them', () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`Macro${index}`, index]));
    const postback = read({ ActionId: '1', Status: 'PENDING', ...many });
    expect(Object.keys((postback as { kept: object }).kept)).toHaveLength(20);
  });
});

describe('notOvertaken', () => {
  const NOW = new Date('2026-05-01T00:00:00Z');
  const CLEARED = Date.parse('2026-04-01T00:00:00Z');
  const known = (more: Partial<KnownAction> = {}): KnownAction => ({
    state: 'PENDING',
    amount: '20.00',
    firstAmount: '20.00',
    clearedAt: null,
    ...more,
  });
  const taken = (fields: Record<string, unknown>, before: KnownAction | null) => {
    const postback = read({ ActionId: '1', Amount: '20', Payout: '1', ...fields });
    if (postback.is !== 'action') throw new TypeError('no action');
    return notOvertaken(postback, before, NOW);
  };

  it.each([
    ['tracked after reversed', { Status: 'PENDING' }, known({ state: 'REVERSED' })],
    ['approved after reversed', { Status: 'APPROVED' }, known({ state: 'REVERSED' })],
    ['cleared after reversed', { Status: 'CLEARED' }, known({ state: 'REVERSED' })],
    ['tracked after approved', { Status: 'PENDING' }, known({ state: 'APPROVED' })],
  ])('leaves to a walk: %s', (_, fields, before) => expect(taken(fields, before)).toBeNull());

  it.each([
    ['the first word of it', { Status: 'PENDING' }, null],
    ['the same again', { Status: 'PENDING' }, known()],
    ['reversed after tracked', { Status: 'REVERSED' }, known()],
    ['reversed after cleared', { Status: 'REVERSED' }, known({ state: 'APPROVED', clearedAt: CLEARED })],
    ['reversed again', { Status: 'REVERSED', Amount: '0' }, known({ state: 'REVERSED' })],
    ['approved after tracked', { Status: 'APPROVED' }, known()],
    ['another amount', { Status: 'PENDING', Amount: '15' }, known()],
    ['a third amount', { Status: 'PENDING', Amount: '10' }, known({ amount: '15.00' })],
  ])('takes whole: %s', (_, fields, before) => {
    expect(taken(fields, before)).toMatchObject({ amount: expect.anything(), payout: '1' });
  });

  it('leaves out the first amount of an action that was changed since', () => {
    const seen = taken({ Status: 'PENDING', Oid: 'A' }, known({ amount: '15.00' }));
    expect(seen).toEqual({ actionId: '1', state: 'PENDING', orderId: 'A' });
  });

  it('dates a clearing that comes without its date, once', () => {
    expect(taken({ Status: 'CLEARED' }, known())).toMatchObject({ clearedDate: NOW });
    const dated = taken({ Status: 'CLEARED', ClearedDate: '2026-04-02T00:00:00Z' }, known());
    expect(dated).toMatchObject({ clearedDate: new Date('2026-04-02T00:00:00Z') });
    const again = taken({ Status: 'CLEARED' }, known({ state: 'APPROVED', clearedAt: CLEARED }));
    expect(again).not.toHaveProperty('clearedDate');
  });
});
