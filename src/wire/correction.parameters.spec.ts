import { describe, expect, it } from '@jest/globals';
import { toModificationParameters, toReversalParameters } from './correction.parameters.js';
import { encodeForm } from './sale.parameters.js';

const byOrder = { eventTypeId: '4636', wireOrderId: '1001' };
const byAction = { actionId: '1000.4636.158133' };

describe('the parameters of a modification', () => {
  it('carry a new total', () => {
    expect(encodeForm(toModificationParameters({ reason: 'ORDER_UPDATE', amount: '0.00' }, byOrder))).toBe(
      'ActionTrackerId=4636&OrderId=1001&Reason=ORDER_UPDATE&Amount=0.00',
    );
  });

  it('carry a status', () => {
    expect(
      encodeForm(toModificationParameters({ reason: 'ORDER_UPDATE', customerStatus: 'EXISTING' }, byAction)),
    ).toBe('ActionId=1000.4636.158133&Reason=ORDER_UPDATE&CustomerStatus=EXISTING');
  });

  it('carry lines, the first without a number, and always as an order update', () => {
    const items = [
      { sku: 'A', quantity: 0 },
      { sku: 'B', quantity: 2, amount: '9.90', category: 'Hats' },
      { sku: 'C', quantity: 1 },
    ];
    expect(encodeForm(toModificationParameters({ items }, byAction))).toBe(
      'ActionId=1000.4636.158133&Reason=ORDER_UPDATE&Sku=A&Quantity=0' +
        '&Sku2=B&Quantity2=2&Category2=Hats&Amount2=9.90&Sku3=C&Quantity3=1',
    );
  });
});

it('a reversal carries its disposition code', () => {
  expect(encodeForm(toReversalParameters('ITEM_RETURNED', byAction))).toBe(
    'ActionId=1000.4636.158133&DispositionCode=ITEM_RETURNED',
  );
  expect(encodeForm(toReversalParameters('TEST_ACTION', byOrder))).toBe(
    'ActionTrackerId=4636&OrderId=1001&DispositionCode=TEST_ACTION',
  );
});

it('a restored action is asked for by its reason alone', () => {
  expect(encodeForm(toModificationParameters({ reason: 'RESET' }, byAction))).toBe(
    'ActionId=1000.4636.158133&Reason=RESET',
  );
});
