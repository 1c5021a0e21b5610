import { describe, expect, it } from '@jest/globals';
import type { StoryEvent } from '../../ledger/index.js';
import { EVENT_NAMES, eventOf } from './event.rules.js';

const SALE = {
  orderId: 'A-1',
  conversionId: 'id-1',
  program: 'default',
  eventType: 'sale',
  test: false,
  amount: '20.00',
  currency: 'USD',
};
const AT = new Date('2026-03-01T12:00:00Z');
const event = (what: StoryEvent, data: Record<string, unknown> = {}) =>
  eventOf({ id: 7, at: AT, what, data, sale: SALE });
const common = { id: '7', at: AT, ...SALE };

describe('the event of a line', () => {
  it.each<[StoryEvent, Record<string, unknown>, string, Record<string, unknown>]>([
    ['recorded', { clickId: 'c' }, 'impact.sale.recorded', { state: 'RECORDED', reasonCodes: [] }],
    ['skipped', {}, 'impact.sale.recorded', { state: 'SKIPPED', reasonCodes: [] }],
    ['kept-in-dry-run', {}, 'impact.sale.recorded', { state: 'DRY_RUN', reasonCodes: [] }],
    [
      'parked',
      { problems: ['mail@shop.test is no address'] },
      'impact.sale.undeliverable',
      { state: 'UNDELIVERABLE', reasonCodes: [] },
    ],
    ['refused', {}, 'impact.sale.undeliverable', { state: 'UNDELIVERABLE', reasonCodes: [] }],
    ['sent', { submissionId: 's' }, 'impact.sale.sent', { state: 'SENT', reasonCodes: [] }],
    [
      'credited',
      { actionId: '1.2', partnerId: '9', amount: '20.00', currency: 'EUR', payout: '2.00' },
      'impact.sale.credited',
      {
        state: 'CREDITED',
        reasonCodes: [],
        actionId: '1.2',
        partnerId: '9',
        actionAmount: '20.00',
        actionCurrency: 'EUR',
        payout: '2.00',
      },
    ],
    [
      'rejected',
      { reasonCodes: ['NO_ITEM'], errorType: 'X' },
      'impact.sale.rejected',
      { state: 'REJECTED', reasonCodes: ['NO_ITEM'] },
    ],
    ['changed', { before: {}, after: {} }, 'impact.sale.changed', {}],
    ['second-action', { actionIds: ['1', '2'] }, 'impact.sale.duplicated', { actionIds: ['1', '2'] }],
    [
      'correction-refused',
      { key: 'r-1', problems: ['x'], reasonCodes: ['LOCKED'] },
      'impact.correction.refused',
      { key: 'r-1', state: 'refused', reasonCodes: ['LOCKED'] },
    ],
    [
      'correction-sent',
      { correction: 'id' },
      'impact.correction.sent',
      { key: null, state: 'sent', reasonCodes: [] },
    ],
    [
      'claim-opened',
      { key: 'r-1', actionId: '1', partnerId: null, shown: '5', wanted: '4', currency: 'USD' },
      'impact.claim.opened',
      { key: 'r-1', actionId: '1', partnerId: null, shown: '5', wanted: '4', actionCurrency: 'USD' },
    ],
  ])('%s', (what, data, name, payload) => {
    expect(event(what, data)).toEqual({ name, payload: { ...common, ...payload } });
  });

  it.each<StoryEvent>(['attempt-failed', 'looked-up', 'late-answer', 'notified', 'mended'])(
    'is none for %s',
    (what) => {
      expect(event(what)).toBeNull();
    },
  );
});

it('every event has one name', () => {
  expect(new Set(EVENT_NAMES).size).toBe(EVENT_NAMES.length);
  expect(EVENT_NAMES).toHaveLength(23);
});
