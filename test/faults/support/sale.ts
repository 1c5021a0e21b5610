import type { ConversionInput } from 'nestjs-impact';

/** Ten dollars, from nobody in particular. */
export const saleOf = (orderId: string): ConversionInput => ({
  orderId,
  eventDate: new Date(),
  currency: 'USD',
  customer: { id: `customer-of-${orderId}` },
  items: [{ sku: 'S-1', category: 'shoes', quantity: 1, price: '10.00' }],
});

/** `A-0`, `A-1`, … */
export const orderIds = (prefix: string, count: number, first = 0): string[] =>
  Array.from({ length: count }, (_, number) => `${prefix}-${first + number}`);
