import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { PromoCodeService } from 'nestjs-impact';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { IMPACT_DATABASE, type ImpactDatabase } from '../../src/database/index.js';
import { follow, openShop, sale, type Shop } from '../delivery/support/shop.js';
import { databasesFor } from '../support/databases.js';
import { statementsOf } from '../support/statements.js';

const HOUR = 3_600_000;
const HARBOUR = '1234501';
const COFFEE = '1234502';

type Options = Parameters<typeof openShop>[0];
type SandboxOptions = Parameters<typeof ImpactSandbox.start>[0];

describe.each(databasesFor('promo-codes/promo-codes'))('promo codes, on $name', (database) => {
  const open: { close(): Promise<void> }[] = [];
  const start = async (sandboxOptions: SandboxOptions = {}, options: Options = {}): Promise<Shop> => {
    const sandbox = await ImpactSandbox.start({ settleAfter: '1s', rateLimit: false, ...sandboxOptions });
    const shop = await openShop(options, { sandbox, database });
    open.push(sandbox, shop);
    return shop;
  };
  afterEach(async () => {
    for (const one of open.splice(0).toReversed()) await one.close();
  });

  const codes = ({ app }: Shop): PromoCodeService => app.get(PromoCodeService);
  const sentCode = async (shop: Shop, orderId: string): Promise<string | undefined> =>
    Object.fromEntries((await shop.conversions.explain(orderId)).request)['OrderPromoCode'];
  const notes = async (shop: Shop, orderId: string): Promise<string> =>
    (await shop.conversions.explain(orderId)).lines[0]!.words;

  it('sends the partner’s code of several, which earns the sale without a click', async () => {
    const shop = await start();
    await shop.conversions.record(sale('A-0', { promoCodes: ['WELCOME', 'COFFEE5'], customer: {} }));
    // Nobody knows the codes yet.
    expect(await sentCode(shop, 'A-0')).toBe('WELCOME');
    expect(await notes(shop, 'A-0')).toMatch(/WELCOME is sent, .* not known yet; not sent: COFFEE5/);

    await codes(shop).refresh();
    await shop.conversions.record(sale('A-1', { promoCodes: ['WELCOME', 'coffee5'], customer: {} }));
    expect(await notes(shop, 'A-1')).toMatch(
      /coffee5 is sent, the first that belongs to one partner; not sent: WELCOME/,
    );
    await shop.conversions.record(sale('A-2', { promoCodes: ['WELCOME', 'COFFEE5', 'VIP'], customer: {} }));
    expect(await sentCode(shop, 'A-2')).toBe('COFFEE5');
    await shop.dispatcher.drain();
    await shop.sandbox.settle();
    await shop.verdicts.hurry();
    expect(await shop.conversions.find('A-2')).toMatchObject({
      state: 'CREDITED',
      clickId: null,
      partnerId: COFFEE,
    });
    expect(await shop.conversions.find('A-0')).not.toMatchObject({ state: 'CREDITED' });
  });

  it('takes the same order again whatever is known of its codes meanwhile', async () => {
    const shop = await start();
    const order = sale('A-1', { promoCodes: ['WELCOME', 'COFFEE5'] });
    const first = await shop.conversions.record(order);
    await codes(shop).refresh();
    expect(await shop.conversions.record(order)).toEqual(first);
    expect(await shop.conversions.record({ ...order, promoCodes: ['COFFEE5', 'WELCOME'] })).toEqual(first);
    await expect(shop.conversions.record({ ...order, promoCodes: ['COFFEE5'] })).rejects.toThrow(
      /promoCodes/,
    );
    expect(await sentCode(shop, 'A-1')).toBe('WELCOME');
  });

  it('asks at most once an hour, and only while sales with codes are recorded', async () => {
    const shop = await start();
    const asked = (): number => shop.sandbox.calls('GET /PromoCodes');
    await codes(shop).refresh();
    await shop.conversions.record(sale('A-1'));
    await codes(shop).refresh();
    expect(asked()).toBe(0);
    await shop.conversions.record(sale('A-2', { promoCodes: ['X'] }));
    await codes(shop).refresh();
    expect(asked()).toBe(1);
    await shop.conversions.record(sale('A-3', { promoCodes: ['X'] }));
    shop.clock.advance(HOUR - 60_000);
    await codes(shop).refresh();
    expect(asked()).toBe(1);
    shop.clock.advance(120_000);
    await codes(shop).refresh();
    expect(asked()).toBe(2);
    // Nobody has recorded another one since.
    shop.clock.advance(30 * HOUR);
    await codes(shop).refresh();
    expect(asked()).toBe(2);
  });

  it('is known to every process, and to one that has just started', async () => {
    const shop = await start();
    const other = await openShop({}, { sandbox: shop.sandbox, at: shop.at });
    open.push(other);
    await shop.conversions.record(sale('A-1', { promoCodes: ['X'] }));
    await Promise.all([codes(shop).refresh(), codes(other).refresh(), codes(shop).refresh()]);
    await Promise.all([codes(shop).refresh(), codes(other).refresh()]);
    const young = await openShop({}, { sandbox: shop.sandbox, at: shop.at });
    open.push(young);
    for (const [index, each] of [shop, other, young].entries()) {
      await each.conversions.record(sale(`B-${index}`, { promoCodes: ['X', 'HARBOUR10'] }));
      expect(await sentCode(each, `B-${index}`)).toBe('HARBOUR10');
    }
    expect(shop.sandbox.calls('GET /PromoCodes')).toBe(1);
  });

  it('costs a recording nothing', async () => {
    const shop = await start();
    const count = statementsOf(shop.app);
    await shop.conversions.record(sale('A-1'));
    const plain = count().length;
    await shop.conversions.record(sale('A-2', { promoCodes: ['X', 'HARBOUR10'] }));
    expect(count()).toHaveLength(plain);
    await codes(shop).refresh();
    count();
    await shop.conversions.record(sale('A-3', { promoCodes: ['X', 'HARBOUR10'] }));
    expect(count()).toHaveLength(plain);
  });

  it('works with the first code where the token may not read them, and stops nothing else', async () => {
    const shop = await start({ disabledScopes: ['account'] });
    const clickId = await follow(shop.sandbox);
    await shop.conversions.record(sale('A-1', { clickId, promoCodes: ['X', 'HARBOUR10'] }));
    await codes(shop).refresh();
    await codes(shop).refresh();
    expect(shop.sandbox.calls('GET /PromoCodes')).toBe(1);
    expect(await shop.query('SELECT scope FROM impact_accounts WHERE failures > 0')).toEqual([]);
    await shop.dispatcher.drain();
    await shop.sandbox.settle();
    await shop.verdicts.hurry();
    expect(await shop.conversions.find('A-1')).toMatchObject({ state: 'CREDITED' });
    await shop.conversions.record(sale('A-2', { promoCodes: ['X', 'HARBOUR10'] }));
    expect(await sentCode(shop, 'A-2')).toBe('X');
    shop.clock.advance(HOUR + 1000);
    await codes(shop).refresh();
    expect(shop.sandbox.calls('GET /PromoCodes')).toBe(2);
  });

  it('says at once that a click and a code are of two partners, and afterwards who got the sale', async () => {
    const shop = await start();
    await shop.conversions.record(sale('A-0', { promoCodes: ['X'] }));
    await codes(shop).refresh();
    const clickId = await follow(shop.sandbox);
    await shop.conversions.record(sale('A-1', { clickId, promoCodes: ['COFFEE5'] }));
    expect(await notes(shop, 'A-1')).toMatch(
      new RegExp(`a click and COFFEE5, a code of partner ${COFFEE}: .* the program's settings decide`),
    );
    await shop.dispatcher.drain();
    await shop.sandbox.settle();
    await shop.verdicts.hurry();
    expect(await shop.conversions.find('A-1')).toMatchObject({ state: 'CREDITED', partnerId: HARBOUR });
    expect((await shop.conversions.explain('A-1')).attribution).toMatch(
      new RegExp(`Partner ${HARBOUR} is credited, although the code COFFEE5 belongs to partner ${COFFEE}`),
    );
  });

  it('reads every page of a long list, and begins anew when the budget was spent in between', async () => {
    const many = Array.from({ length: 2_100 }, (_, n) => `CODE-${n}`);
    const shop = await start(
      { partners: [{ id: '11', name: 'One', promoCodes: many }] },
      { delivery: { maxRequestsPerHour: 2 } },
    );
    await shop.conversions.record(sale('A-0', { promoCodes: ['X'] }));
    // The last tenth of the budget is for sales: one look-up is left.
    await codes(shop).refresh();
    expect(shop.sandbox.calls('GET /PromoCodes')).toBe(1);
    await shop.conversions.record(sale('A-1', { promoCodes: ['X', 'CODE-1'] }));
    expect(await sentCode(shop, 'A-1')).toBe('X');

    const other = await openShop({}, { sandbox: shop.sandbox, at: shop.at });
    open.push(other);
    other.clock.advance(HOUR + 1000);
    await codes(other).refresh();
    expect(shop.sandbox.calls('GET /PromoCodes')).toBe(3);
    for (const [index, code] of ['CODE-1', 'CODE-2099'].entries()) {
      await other.conversions.record(sale(`B-${index}`, { promoCodes: ['X', code] }));
      expect(await sentCode(other, `B-${index}`)).toBe(code);
    }
  });

  it('asks the database once per look while nothing is new', async () => {
    const shop = await start();
    await shop.conversions.record(sale('A-1', { promoCodes: ['X'] }));
    await codes(shop).refresh();
    const reads = jest.spyOn(shop.app.get<ImpactDatabase>(IMPACT_DATABASE), 'read');
    const writes = statementsOf(shop.app);
    await codes(shop).refresh();
    expect([reads.mock.calls.length, writes()]).toEqual([1, []]);
  });

  it('knows patterns, dates, and codes of two partners', async () => {
    const now = Date.now();
    const shop = await start({
      partners: [
        {
          id: '11',
          name: 'One',
          promoCodes: [
            'BOTH',
            { code: 'BLOG-\\d{3}', type: 'RE' },
            { code: '(x+)+y', type: 'RE' },
            { code: 'OVER', endDate: new Date(now - 40 * 24 * HOUR) },
          ],
        },
        { id: '12', name: 'Two', promoCodes: ['BOTH', 'TWO'] },
      ],
    });
    await shop.conversions.record(sale('A-0', { promoCodes: ['X'] }));
    await codes(shop).refresh();
    const chosen = async (orderId: string, ...promoCodes: string[]): Promise<string | undefined> => {
      await shop.conversions.record(sale(orderId, { promoCodes }));
      return sentCode(shop, orderId);
    };
    expect(await chosen('A-1', 'BOTH', 'BLOG-042', 'TWO')).toBe('BLOG-042');
    expect(await chosen('A-2', 'BOTH', 'OVER', 'TWO')).toBe('TWO');
    expect(await chosen('A-3', 'BOTH', 'OVER', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')).toBe('BOTH');
    expect(await notes(shop, 'A-3')).toMatch(/none belongs to exactly one partner/);
  });
});
