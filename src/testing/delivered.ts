import type { Type } from '@nestjs/common';
import { ConversionService } from '../conversions/index.js';
import { DeliveryDispatcher } from '../delivery/index.js';
import { type Conversion, NotRecordedError } from '../ledger/index.js';
import { VerdictService } from '../verdicts/index.js';

/** Where providers are found: an app, a testing module or a `ModuleRef`. */
export interface Providers {
  get<T>(token: Type<T> | symbol, options: { strict: false }): T;
}

export interface DeliveredOptions {
  /** Called between delivery and look-up, e.g. `() => sandbox.settle()`. */
  settle?: () => Promise<unknown>;
}

/**
 * Delivers what is due, lets the other side settle, looks up the verdicts, and answers the order's sale.
 *
 * @throws NotRecordedError when the order was never recorded.
 */
export async function delivered(
  app: Providers,
  orderId: string,
  { settle }: DeliveredOptions = {},
): Promise<Conversion> {
  await app.get(DeliveryDispatcher, { strict: false }).drain();
  await settle?.();
  await app.get(VerdictService, { strict: false }).hurry();
  const conversion = await app.get(ConversionService, { strict: false }).find(orderId);
  if (conversion === null) throw new NotRecordedError(orderId);
  return conversion;
}
