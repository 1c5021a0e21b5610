import {
  describeValue,
  InvalidConversionError,
  isEmailAddress,
  type Problem,
  wireOrderId,
} from '../wire/index.js';

const LONGEST = 255;

/** The order id as recording stores it: without the spaces around it, and short when no column could hold it. */
export function storedOrderId(orderId: string): string {
  if (typeof orderId !== 'string') return orderId;
  const id = orderId.trim();
  return id.length > LONGEST ? wireOrderId(id) : id;
}

/**
 * The order that a correction names.
 *
 * Checked before any statement: one that fails would make the caller's transaction unusable on PostgreSQL,
 * and a correction under an id that no sale can have would wait for ever.
 *
 * @throws InvalidConversionError
 */
export function correctedOrderId(orderId: unknown): string {
  const id = typeof orderId === 'string' ? orderId.trim() : '';
  const refuse = (rule: Problem['rule'], what: string, fix: string): never => {
    throw new InvalidConversionError([{ field: 'orderId', rule, fix, message: `orderId: ${what}. ${fix}` }]);
  };
  if (id === '') {
    refuse(
      'required',
      `must be a text; got ${describeValue(orderId)}`,
      'Give the id that the sale was recorded with.',
    );
  }
  if (id.length > LONGEST) {
    refuse('too-long', `has more than ${LONGEST} characters`, 'Give the id that the sale was recorded with.');
  }
  if (isEmailAddress(id)) {
    refuse(
      'personal-data',
      'is an e-mail address, which must not be used as an id',
      "Give the shop's own order id.",
    );
  }
  return id;
}
