import { afterEach, describe, expect, it } from '@jest/globals';
import { ClaimService, type ConversionInput } from 'nestjs-impact';
import { databasesFor } from '../support/databases.js';
import { type CorrectedShop, openCorrectedShop } from './support/corrected.shop.js';

const DAY = 86_400_000;

/** A sale in another currency than the account's, which is US dollars: 1 EUR is 1.10, 1 JPY is 0.0067. */
const cart = (currency: string, prices: readonly [string, string]): Partial<ConversionInput> => ({
  currency,
  items: [
    { sku: 'SHOE', category: 'shoes', quantity: 3, price: prices[0] },
    { sku: 'BELT', category: 'belts', quantity: 1, price: prices[1] },
  ],
});
const EURO = cart('EUR', ['30.00', '43.21']);
const YEN = cart('JPY', ['3001', '4999']);
const DINAR = cart('KWD', ['10.005', '3.335']);

describe.each(databasesFor('corrections/currencies'))(
  'corrections across currencies, on $name',
  (database) => {
    const open: CorrectedShop[] = [];
    const start = async (): Promise<CorrectedShop> => {
      const shop = await openCorrectedShop(
        database,
        {},
        { accountCurrency: 'USD', longDecimals: 'accept', rates: { EUR: '1.1', JPY: '0.0067', KWD: '3.25' } },
      );
      open.push(shop);
      return shop;
    };
    afterEach(async () => {
      for (const shop of open.splice(0)) await shop.close();
    });

    it('say what came back in units, and any amount in the action’s own currency', async () => {
      const shop = await start();
      await shop.credited('units', EURO);
      await shop.credited('money', EURO);
      await shop.credited('yen', YEN);
      await shop.credited('dinar', DINAR);
      await shop.conversions.refund('units', { key: 'r', items: [{ sku: 'SHOE', quantity: 1 }] });
      await shop.conversions.refund('money', {
        key: 'r',
        items: [{ sku: 'BELT', quantity: 0, amount: '13.21' }],
      });
      await shop.conversions.refund('yen', { key: 'r', amount: '7001' });
      await shop.conversions.modify('dinar', { key: 'm', amount: '16.675' });
      await shop.settled(4);
      const sent = (await shop.calls()).map(({ parameters }) =>
        new URLSearchParams(
          Object.entries(parameters).filter(([name]) => name !== 'ActionId' && name !== 'Reason'),
        ).toString(),
      );
      expect(sent.toSorted()).toEqual([
        // 120.00 of 133.21 euros, 7001 of 14002 yen, 16.675 of 33.350 dinars.
        'Amount=132.00',
        'Amount=46.90',
        'Amount=54.20',
        'Sku=SHOE&Quantity=2',
      ]);
      for (const [order, key] of [
        ['units', 'r'],
        ['money', 'r'],
        ['yen', 'r'],
        ['dinar', 'm'],
      ] as const) {
        expect([order, await shop.state(order, key)]).toEqual([order, 'confirmed']);
      }
    });

    it('never send an amount of the sale’s currency, whatever comes one after the other', async () => {
      const shop = await start();
      await shop.credited('A', YEN);
      const first = Number((await shop.action('A')).amount);
      await shop.conversions.refund('A', { key: '1', items: [{ sku: 'SHOE', quantity: 1 }] });
      await shop.conversions.refund('A', { key: '2', items: [{ sku: 'SHOE', quantity: 1, amount: '2999' }] });
      await shop.conversions.modify('A', { key: '3', items: [{ sku: 'BELT', quantity: 1, amount: '1000' }] });
      await shop.conversions.reverse('A', { key: '4', reason: 'CONS_ERROR' });
      await shop.conversions.modify('A', { key: '5', restore: true });
      await shop.conversions.refund('A', { key: '6', amount: '14001' });
      await shop.settled(9);
      const { corrections } = await shop.conversions.explain('A');
      expect(corrections.map(({ key, state }) => `${key} ${state}`)).toEqual(
        ['1', '2', '3', '4', '5', '6'].map((key) => `${key} confirmed`),
      );
      const amounts = (await shop.calls()).flatMap(({ parameters }) =>
        Object.entries(parameters).flatMap(([name, value]) =>
          name.startsWith('Amount') ? [Number(value)] : [],
        ),
      );
      expect(amounts.length).toBeGreaterThan(0);
      // Of 14,002 yen, which were 93.81 dollars, no amount can be above that.
      for (const amount of amounts) expect(amount).toBeLessThan(first);
      expect((await shop.calls()).flatMap(({ parameters }) => Object.keys(parameters))).not.toContain(
        'CurrencyCode',
      );
      expect(await shop.action('A')).toMatchObject({ state: 'PENDING', amount: '0.01' });
    });

    it('make claims of what is locked, in the action’s currency', async () => {
      const shop = await start();
      await shop.credited('A', EURO);
      shop.pass(60 * DAY);
      await shop.settled(1);
      await shop.conversions.refund('A', { key: 'late', items: [{ sku: 'SHOE', quantity: 3 }] });
      await shop.settled(1);
      expect(await shop.app.get(ClaimService).list()).toMatchObject([
        { reason: 'locked', currency: 'USD', shown: '146.53', wanted: '47.53', amount: '99.00' },
      ]);
    });
  },
);
