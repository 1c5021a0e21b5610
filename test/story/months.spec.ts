import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ClaimService,
  type ConversionInput,
  type Difference,
  ReconciliationService,
  type ShopOrder,
} from 'nestjs-impact';
import { openTimeline, type Timeline } from './support/book.keeping.js';

const DAY = 86_400_000;
const DAYS = 50;
const PER_DAY = 20;
/** Of each day's sales these have a click: 15 of 100. */
const WITH_CLICK = 3;
const PARTNERS = { good: '1234501', other: '1234502', withoutContract: '1234504' } as const;

/** What becomes of a sale with a click, one after the other. */
const FATES = [
  'plain',
  'in-euros',
  'refund-before',
  'refund-after',
  'reversed',
  'no-contract',
  'euro-item-back',
  'restored',
  'reattributed',
  'chargeback',
  'renewal',
  'refund-during',
  'modified',
] as const;
type Fate = (typeof FATES)[number];

interface Order {
  readonly orderId: string;
  readonly fate: Fate | 'organic';
  readonly day: number;
  readonly sale: ConversionInput;
}

/**
 * A thousand sales in two currencies over fifty days and some months of aftermath, most of them organic; then
 * differences are planted on impact.com's side, and all of them have to be found, and nothing else.
 */
describe('months of a shop', () => {
  let line: Timeline;
  const orders: Order[] = [];
  const byFate = (fate: Fate): Order[] => orders.filter((order) => order.fate === fate);

  async function follow(partnerId: string): Promise<string> {
    const link = line.sandbox.trackingLink({ landingUrl: 'http://shop.test/', partnerId });
    const { headers } = await fetch(link, { redirect: 'manual' });
    return new URL(headers.get('location')!).searchParams.get('im_ref')!;
  }

  function saleOf(orderId: string, fate: Order['fate'], clickId: string | undefined): ConversionInput {
    const euros = fate === 'in-euros' || fate === 'euro-item-back';
    return {
      orderId,
      eventDate: line.shop.clock.now(),
      currency: euros ? 'EUR' : 'USD',
      customer: { id: `c-${orderId}` },
      items: [
        { sku: 'CUP', category: 'kitchen', quantity: 2, price: '15.00' },
        { sku: 'POT', category: 'kitchen', quantity: 1, price: '70.00' },
      ],
      ...(clickId === undefined ? {} : { clickId }),
      ...(fate === 'renewal' && { subscription: `sub-${orderId}` }),
    };
  }

  /** Events that an order brings on the day of its sale, before and after it is delivered. */
  async function before({ fate, orderId }: Order): Promise<void> {
    const { conversions } = line.shop;
    if (fate === 'refund-before') await conversions.refund(orderId, { key: 'r-1', amount: '30.00' });
  }

  async function during({ fate, orderId }: Order): Promise<void> {
    const { conversions } = line.shop;
    if (fate === 'refund-during') {
      await conversions.refund(orderId, { key: 'r-1', items: [{ sku: 'CUP', quantity: 1 }] });
    }
  }

  async function after({ fate, orderId }: Order): Promise<void> {
    const { conversions } = line.shop;
    switch (fate) {
      case 'refund-after':
        await conversions.refund(orderId, { key: 'r-1', amount: '10.00' });
        await conversions.refund(orderId, { key: 'r-2', amount: '5.00' });
        break;
      case 'reversed':
        await conversions.reverse(orderId, { key: 'x-1', reason: 'CONS_FRAUD' });
        break;
      case 'restored':
        await conversions.reverse(orderId, { key: 'dispute', reason: 'ADV_ACT_DISPUTE' });
        break;
      case 'euro-item-back':
        await conversions.refund(orderId, { key: 'r-1', items: [{ sku: 'CUP', quantity: 1 }] });
        break;
      case 'modified':
        await conversions.modify(orderId, { key: 'm-1', amount: '80.00' });
        break;
      case 'reattributed':
        line.sandbox.office(orderId, { reattributeTo: PARTNERS.other });
        break;
      default:
        break;
    }
  }

  async function aWeekLater({ fate, orderId }: Order): Promise<void> {
    if (fate === 'restored') await line.shop.conversions.modify(orderId, { key: 'won', restore: true });
  }

  async function aMonthLater({ fate, orderId }: Order): Promise<void> {
    if (fate === 'chargeback') {
      await line.shop.conversions.reverse(orderId, { key: 'chargeback', reason: 'CONS_FRAUD' });
    }
  }

  async function work(): Promise<void> {
    const { dispatcher, verdicts } = line.shop;
    await dispatcher.drain();
    await line.sandbox.settle();
    await verdicts.hurry();
    await dispatcher.drain();
    await line.sandbox.settle();
  }

  const onDay = (day: number): Order[] => orders.filter((order) => order.day === day);

  beforeAll(async () => {
    line = await openTimeline({ pageSize: { minimum: 100, default: 2000 } });
    let fates = 0;
    for (let day = 0; day < DAYS + 60; day += 1) {
      const today: Order[] = [];
      for (let n = 0; day < DAYS && n < PER_DAY; n += 1) {
        const fate = n < WITH_CLICK ? FATES[fates++ % FATES.length]! : 'organic';
        const orderId = `D${day}-${n}`;
        const partner = fate === 'no-contract' ? PARTNERS.withoutContract : PARTNERS.good;
        const clickId = fate === 'organic' ? undefined : await follow(partner);
        today.push({ orderId, fate, day, sale: saleOf(orderId, fate, clickId) });
      }
      orders.push(...today);
      for (const order of today) {
        await before(order);
        await line.shop.conversions.record(order.sale);
      }
      if (today.length > 0) await line.shop.dispatcher.drain();
      for (const order of today) await during(order);
      if (day < DAYS || day % 5 === 0) await work();
      for (const order of today) await after(order);
      for (const order of onDay(day - 7)) await aWeekLater(order);
      for (const order of onDay(day - 30)) await aMonthLater(order);
      for (const { fate, orderId } of onDay(day - 30)) {
        if (fate !== 'renewal') continue;
        const again = saleOf(`${orderId}-again`, fate, undefined);
        await line.shop.conversions.record({ ...again, subscription: `sub-${orderId}` });
      }
      line.pass(DAY);
    }
    await line.quiet(6);
  }, 240_000);
  afterAll(() => line.close());

  it('each sale has the verdict that its fate brings', async () => {
    const expected: Record<Order['fate'], { states: string[]; amount?: string }> = {
      plain: { states: ['APPROVED', 'CLEARED'] },
      'in-euros': { states: ['APPROVED', 'CLEARED'] },
      'refund-before': { states: ['APPROVED', 'CLEARED'], amount: '70.00' },
      'refund-during': { states: ['APPROVED', 'CLEARED'], amount: '85.00' },
      'refund-after': { states: ['APPROVED', 'CLEARED'], amount: '85.00' },
      reversed: { states: ['REVERSED'] },
      'no-contract': { states: ['REJECTED'] },
      'euro-item-back': { states: ['APPROVED', 'CLEARED'] },
      restored: { states: ['APPROVED', 'CLEARED'], amount: '100.00' },
      reattributed: { states: ['APPROVED', 'CLEARED'] },
      chargeback: { states: ['APPROVED', 'CLEARED'], amount: '100.00' },
      renewal: { states: ['APPROVED', 'CLEARED'] },
      modified: { states: ['APPROVED', 'CLEARED'], amount: '80.00' },
      organic: { states: ['UNATTRIBUTED'] },
    };
    const actions = new Map<string, { amount: string; state: string; partnerId: string }>();
    for (const action of await line.sandbox.actions()) {
      if (action.state !== 'REVERSED') actions.set(action.orderId, action);
    }
    const wrong: unknown[] = [];
    for (const { orderId, fate } of orders) {
      const found = await line.shop.conversions.find(orderId);
      const { states, amount } = expected[fate];
      const there = actions.get(orderId);
      if (!states.includes(found!.state)) wrong.push({ orderId, fate, state: found!.state });
      else if (amount !== undefined && there?.amount !== amount) wrong.push({ orderId, fate, there });
      else if (fate === 'reattributed' && found!.partnerId !== PARTNERS.other) wrong.push({ orderId, fate });
    }
    expect(wrong.slice(0, 5)).toEqual([]);
  });

  it('a renewal carries the click of its first sale', async () => {
    for (const { orderId, sale } of byFate('renewal')) {
      const again = await line.shop.conversions.find(`${orderId}-again`);
      expect(again).toMatchObject({
        clickId: (sale as { clickId?: string }).clickId,
        attributedBy: 'subscription',
      });
    }
  });

  it('what could not be corrected any more is a claim', async () => {
    const claims = await line.shop.app.get(ClaimService).list({ open: true });
    expect(claims.map(({ orderId }) => orderId).toSorted()).toEqual(
      byFate('chargeback')
        .map(({ orderId }) => orderId)
        .toSorted(),
    );
  });

  it('compare() finds exactly what was planted, and nothing but the claims once it is repaired', async () => {
    const { shop, sandbox } = line;
    const reconciliation = shop.app.get(ReconciliationService);
    const from = orders[0]!.sale.eventDate;
    const to = shop.clock.now();
    const claims = byFate('chargeback').map(({ orderId }) => `claim ${orderId}`);
    const window = { from: new Date(from.getTime() - DAY), to };
    const found = ({ differences }: { differences: readonly Difference[] }): string[] =>
      differences.map(({ kind, orderId }) => `${kind} ${orderId}`).toSorted();

    expect(found(await reconciliation.compare(window))).toEqual(claims.toSorted());

    // Late sales, still pending, so that they can be mended.
    const fresh: string[] = [];
    for (const name of ['amount', 'partner', 'hidden', 'twice']) {
      const orderId = `PLANT-${name}`;
      fresh.push(orderId);
      await shop.conversions.record(saleOf(orderId, 'plain', await follow(PARTNERS.good)));
    }
    await line.quiet(4);
    sandbox.office('PLANT-amount', { amount: '12.34' });
    sandbox.office('PLANT-partner', { partnerId: PARTNERS.other });
    sandbox.office('PLANT-hidden', 'hide');
    sandbox.office('PLANT-twice', 'duplicate');
    sandbox.plant({ orderId: 'NEVER-OURS', amount: '50.00' });
    const never = saleOf('NEVER-RECORDED', 'organic', await follow(PARTNERS.good));
    const list: ShopOrder[] = [
      ...[...orders.map(({ orderId }) => orderId), ...fresh].map((orderId) => ({ orderId })),
      { orderId: 'NEVER-RECORDED', sale: never },
    ];
    line.pass(8 * DAY);

    const planted = [
      'amount PLANT-amount',
      'duplicate PLANT-twice',
      'missing-at-vendor PLANT-hidden',
      'never-recorded NEVER-RECORDED',
      'partner PLANT-partner',
      'unknown-to-ledger NEVER-OURS',
    ];
    const later = { from: window.from, to: shop.clock.now(), orders: list };
    expect(found(await reconciliation.compare(later))).toEqual([...planted, ...claims].toSorted());

    // By a person at impact.com: what no shop can mend.
    sandbox.office('PLANT-hidden', 'show');
    sandbox.office('PLANT-twice', 'reverse');
    sandbox.office('NEVER-OURS', 'reverse');
    await reconciliation.compare({ ...later, repair: 'apply' });
    await line.quiet(6);
    const afterwards = { ...later, to: shop.clock.now() };
    expect(found(await reconciliation.compare(afterwards))).toEqual(claims.toSorted());
  });

  it("a closed month ties to the partners' totals", async () => {
    const { totals } = await line.shop.app.get(ReconciliationService).compare({
      from: new Date(orders[0]!.sale.eventDate.getTime() - DAY),
      to: line.shop.clock.now(),
    });
    const closed = totals.rows.filter((row) => row.closed);
    expect(closed.length).toBeGreaterThan(0);
    const cents = (amount: string): number => Math.round(Number(amount) * 100);
    for (const row of closed) {
      expect(cents(row.amount)).toBe(cents(row.approved.amount) + cents(row.cleared.amount));
      expect(row.pending.actions).toBe(0);
    }
    for (const sum of totals.byCurrency) {
      const rows = totals.rows.filter(({ currency }) => currency === sum.currency);
      expect(rows.reduce((total, { amount }) => total + cents(amount), 0)).toBe(cents(sum.amount));
      expect(rows.reduce((total, { payout }) => total + cents(payout), 0)).toBe(cents(sum.payout));
    }
  });
});
