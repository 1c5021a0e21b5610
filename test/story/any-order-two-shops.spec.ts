import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { foldCorrections, type KeptCorrection, type SoldSale } from '../../src/wire/index.js';
import { follow, openShop, sale, type Shop } from '../delivery/support/shop.js';
import { SERVERS } from '../support/databases.js';
import { openTimeline, type Timeline } from './support/book.keeping.js';

const RUNS = 3;
const DAY = 86_400_000;
/** US dollars for a euro. */
const RATE = 1.25;

/** What can happen to an order, in cents. */
type Step =
  | { readonly is: 'refund' | 'modify'; readonly cents: number }
  | { readonly is: 'return'; readonly units: number }
  | {
      readonly is:
        'record' | 'reverse' | 'restore' | 'again' | 'crash' | 'deliver' | 'settle' | 'reattribute';
    };

const plain = (
  is: 'record' | 'reverse' | 'restore' | 'again' | 'crash' | 'deliver' | 'settle' | 'reattribute',
) => fc.constant({ is });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ is: fc.constant('refund' as const), cents: fc.integer({ min: 1, max: 4000 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ is: fc.constant('modify' as const), cents: fc.integer({ min: 0, max: 20_000 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ is: fc.constant('return' as const), units: fc.integer({ min: 1, max: 2 }) }),
  },
  { weight: 3, arbitrary: plain('record') },
  { weight: 1, arbitrary: plain('reverse') },
  { weight: 1, arbitrary: plain('restore') },
  { weight: 2, arbitrary: plain('again') },
  { weight: 2, arbitrary: plain('crash') },
  { weight: 3, arbitrary: plain('deliver') },
  { weight: 4, arbitrary: plain('settle') },
  { weight: 2, arbitrary: plain('reattribute') },
);

const money = (cents: number): string => (cents / 100).toFixed(2);
const soldIn = (currency: string): SoldSale => ({
  currency,
  amount: 10_000n,
  lines: [
    { sku: 'S-1', quantity: 1, amount: 6000n, count: 1 },
    { sku: 'S-2', quantity: 2, amount: 4000n, count: 1 },
  ],
  spread: false,
  customerStatus: null,
});

describe.each(SERVERS)('whatever happens to an order in two processes on $name', (database) => {
  let line: Timeline;
  let other: Shop;
  let orders = 0;
  beforeAll(async () => {
    line = await openTimeline(
      { lockingAfter: '400d', accountCurrency: 'USD', rates: { EUR: String(RATE) } },
      { database },
    );
    other = await openShop({}, { sandbox: line.sandbox, database, at: line.shop.at });
  });
  afterAll(async () => {
    await other.close();
    await line.close();
  });

  const together = async (work: (shop: Shop) => Promise<unknown>): Promise<void> => {
    other.clock.advance(line.shop.clock.offset() - other.clock.offset());
    await Promise.all([work(line.shop), work(other)]);
  };

  /** @returns the corrections in the order in which they were asked for. */
  async function play(orderId: string, currency: string, steps: readonly Step[]): Promise<KeptCorrection[]> {
    const { shop, sandbox } = line;
    const input = sale(orderId, {
      clickId: await follow(sandbox),
      eventDate: shop.clock.now(),
      currency,
      items: [
        { sku: 'S-1', category: 'shoes', quantity: 1, price: '60.00' },
        { sku: 'S-2', category: 'socks', quantity: 2, price: '20.00' },
      ],
    });
    const asked: KeptCorrection[] = [];
    let last = async (): Promise<unknown> => undefined;
    const ask = async (kept: KeptCorrection): Promise<void> => {
      const key = `event-${asked.push(kept)}`;
      // Each process hears of the event.
      const by = asked.length % 2 === 0 ? shop : other;
      last = () => {
        const given = { key, ...kept.target } as never;
        return kept.kind === 'refund'
          ? by.conversions.refund(orderId, given)
          : kept.kind === 'modify'
            ? by.conversions.modify(orderId, given)
            : by.conversions.reverse(orderId, given);
      };
      await last();
    };
    const ORDER_UPDATE = { reason: 'ORDER_UPDATE' } as const;
    for (const one of steps) {
      // Corrections of one moment have no order.
      line.pass(1000);
      other.clock.advance(shop.clock.offset() - other.clock.offset());
      switch (one.is) {
        case 'record':
          await together(({ conversions }) => conversions.record(input));
          break;
        case 'refund':
          await ask({ kind: 'refund', target: { amount: money(one.cents) } });
          break;
        case 'return':
          await ask({ kind: 'refund', target: { items: [{ sku: 'S-2', quantity: one.units }] } });
          break;
        case 'modify':
          await ask({ kind: 'modify', target: { ...ORDER_UPDATE, amount: money(one.cents) } });
          break;
        case 'reverse':
          await ask({ kind: 'reverse', target: { reason: 'ORDER_ERROR' } });
          break;
        case 'restore':
          await ask({ kind: 'modify', target: { ...ORDER_UPDATE, restore: true } });
          break;
        case 'again':
          await last();
          break;
        case 'crash':
          sandbox.fault({ kind: 'cut-after-acceptance', on: ({ method }) => method !== 'GET', times: 1 });
          break;
        case 'deliver':
          await together(({ dispatcher }) => dispatcher.drain());
          break;
        case 'settle':
          await sandbox.settle();
          await together(({ verdicts }) => verdicts.hurry());
          line.pass(60_000);
          break;
        case 'reattribute': {
          const current = (await sandbox.actions()).findLast((action) => action.orderId === orderId);
          if (current?.state === 'PENDING') sandbox.office(orderId, 'reattribute');
        }
      }
    }
    await shop.conversions.record(input);
    return asked;
  }

  it.each(['USD', 'EUR'])(
    'the order is worth there what it is worth here, in %s',
    async (currency) => {
      const { shop, sandbox } = line;
      const property = fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
        orders += 1;
        const orderId = `P-${orders}`;
        const asked = await play(orderId, currency, steps);
        const sold = soldIn(currency);
        const left = foldCorrections(sold, asked).at(-1)?.worth.amount ?? sold.amount;
        await line.quiet(16);
        sandbox.clearFaults();
        line.pass(DAY);
        await line.quiet(10);
        const actions = (await sandbox.actions()).filter((action) => action.orderId === orderId);
        const live = actions.filter(({ state }) => state !== 'REVERSED');
        const credited = live.reduce((cents, { amount }) => cents + Math.round(Number(amount) * 100), 0);
        const expected = currency === 'USD' ? Number(left) : Number(left) * RATE;
        const story = await shop.conversions.explain(orderId);
        const open = story.corrections.filter(
          ({ state }) => !['confirmed', 'nothing-to-correct'].includes(state),
        );
        const off = Math.abs(credited - expected);
        // Units in another currency are rounded by line.
        if (off > (currency === 'USD' ? 0 : 4) || live.length > 1 || open.length > 0) {
          const told = JSON.stringify({
            steps,
            actions: actions.map(({ state, amount }) => [state, amount]),
            corrections: story.corrections.map(({ key, state, problems }) => [key, state, problems]),
            lines: story.lines.map(({ words }) => words),
          });
          throw new Error(`${orderId}: impact.com says ${credited}, the books say ${expected}. ${told}`);
        }
      });
      await expect(fc.assert(property, { numRuns: RUNS })).resolves.toBeUndefined();
    },
    600_000,
  );
});
