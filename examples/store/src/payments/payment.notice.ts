import { createHmac, timingSafeEqual } from 'node:crypto';
import { Type } from 'class-transformer';
import { IsDate, IsString } from 'class-validator';

/** What the payment provider tells the shop. */
export class PaymentNotice {
  @IsString()
  payment!: string;

  @IsString()
  order!: string;

  /** When the buyer paid, not when we heard of it. */
  @Type(() => Date)
  @IsDate()
  paidAt!: Date;
}

export const SIGNATURE_HEADER = 'x-pretend-pay-signature';

/** Provider and shop share it. A real one comes from the environment. */
const SECRET = 'a secret that only a demo may have in its code';

export const sign = (body: string | Buffer): string =>
  createHmac('sha256', SECRET).update(body).digest('hex');

export function isSigned(body: Buffer, signature: string | undefined): boolean {
  const expected = Buffer.from(sign(body));
  const given = Buffer.from(signature ?? '');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
