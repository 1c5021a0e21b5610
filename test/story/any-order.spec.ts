import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { follow, sale } from '../delivery/support/shop.js';
import { SQLITE } from '../support/databases.js';
import { openTimeline, type Timeline } from './support/book.keeping.js';

const RUNS = 25;
const DAY = 86_400_000;

/** What can happen to an order, in cents. */
type Step =
  | { readonly is: 'record' }
  | { readonly is: 'refund'; readonly cents: number }
  | { readonly is: 'modify'; readonly cents: number }
  | { readonly is: 'reverse' }
  | { readonly is: 'restore' }
  /** The last event is delivered once more. */
  | { readonly is: 'again' }
  /** The vendor takes the next call, and its answer is lost. */
  | { readonly is: 'crash' }
  | { readonly is: 'deliver' }
  | { readonly is: 'settle' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ is: 'record' } as const) },
  {
    weight: 3,
    arbitrary: fc.record({ is: fc.constant('refund' as const), cents: fc.integer({ min: 1, max: 4000 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ is: fc.constant('modify' as const), cents: fc.integer({ min: 0, max: 20_000 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ is: 'reverse' } as const) },
  { weight: 1, arbitrary: fc.constant({ is: 'restore' } as const) },
  { weight: 2, arbitrary: fc.constant({ is: 'again' } as const) },
  { weight: 2, arbitrary: fc.constant({ is: 'crash' } as const) },
  { weight: 3, arbitrary: fc.constant({ is: 'deliver' } as const) },
  { weight: 3, arbitrary: fc.constant({ is: 'settle' } as const) },
);

const ORDER_CENTS = 10_000;
const money = (cents: number): string => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;

/** What the shop's own books say the order is worth after its events, in cents. */
function worth(events: readonly Step[]): number {
  return events.reduce((left, event) => {
    switch (event.is) {
      case 'refund':
        return Math.max(0, left - event.cents);
      case 'modify':
        return event.cents;
      case 'reverse':
        return 0;
      case 'restore':
        return ORDER_CENTS;
      default:
        return left;
    }
  }, ORDER_CENTS);
}

describe('whatever happens to an order, in whatever order', () => {
  let line: Timeline;
  let orders = 0;
  beforeAll(async () => {
    line = await openTimeline({ lockingAfter: '400d' }, { database: SQLITE });
  });
  afterAll(() => line.close());

  /** @returns what the shop's books say. */
  async function play(orderId: string, clickId: string, steps: readonly Step[]): Promise<number> {
    const { shop, sandbox } = line;
    const input = sale(orderId, {
      clickId,
      eventDate: line.shop.clock.now(),
      items: [{ sku: 'S-1', category: 'shoes', quantity: 1, price: '100.00' }],
    });
    const events: Step[] = [];
    let last = async (): Promise<unknown> => undefined;
    const say = async (event: Step, call: (key: string) => Promise<unknown>): Promise<void> => {
      const key = `event-${events.length}`;
      events.push(event);
      last = () => call(key);
      await last();
    };
    for (const one of steps) {
      switch (one.is) {
        case 'record':
          await shop.conversions.record(input);
          break;
        case 'refund':
          await say(one, (key) => shop.conversions.refund(orderId, { key, amount: money(one.cents) }));
          break;
        case 'modify':
          await say(one, (key) => shop.conversions.modify(orderId, { key, amount: money(one.cents) }));
          break;
        case 'reverse':
          await say(one, (key) => shop.conversions.reverse(orderId, { key, reason: 'ORDER_ERROR' }));
          break;
        case 'restore':
          await say(one, (key) => shop.conversions.modify(orderId, { key, restore: true }));
          break;
        case 'again':
          await last();
          break;
        case 'crash':
          sandbox.fault({ kind: 'cut-after-acceptance', on: ({ method }) => method !== 'GET', times: 1 });
          break;
        case 'deliver':
          await shop.dispatcher.drain();
          break;
        case 'settle':
          await sandbox.settle();
          await shop.verdicts.hurry();
          line.pass(60_000);
          break;
      }
    }
    await shop.conversions.record(input);
    return worth(events);
  }

  it('ledger and impact.com end with the same total, and nothing is credited twice', async () => {
    const { shop, sandbox } = line;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
        orders += 1;
        const orderId = `P-${orders}`;
        const clickId = await follow(sandbox);
        const expected = await play(orderId, clickId, steps);
        await line.quiet(16);
        sandbox.clearFaults();
        line.pass(DAY);
        await line.quiet(8);

        const actions = (await sandbox.actions()).filter((action) => action.orderId === orderId);
        const live = actions.filter(({ state }) => state !== 'REVERSED');
        const credited = live.reduce((cents, { amount }) => cents + Math.round(Number(amount) * 100), 0);
        const story = await shop.conversions.explain(orderId);
        const told = JSON.stringify({
          steps,
          corrections: story.corrections,
          lines: story.lines.map(({ words }) => words),
        });
        if (credited !== expected || live.length > 1) {
          throw new Error(`${orderId}: impact.com says ${credited}, the books say ${expected}. ${told}`);
        }
        const open = story.corrections.filter(
          ({ state }) => !['confirmed', 'nothing-to-correct'].includes(state),
        );
        expect({ open, told: open.length === 0 ? '' : told }).toEqual({ open: [], told: '' });
        expect(story.conversion.state).toBe(
          actions.length === 0 ? 'CANCELLED' : expected === 0 ? 'REVERSED' : 'CREDITED',
        );
      }),
      { numRuns: RUNS },
    );
  });
});
