import type { ConversionInput } from 'nestjs-impact';
import { type ImpactSandbox, ImpactSandbox as Sandbox } from 'nestjs-impact/sandbox';
import type { TestDatabase } from '../../support/databases.js';
import { follow, openShop, sale, type Shop } from '../../delivery/support/shop.js';

type SandboxOptions = Parameters<typeof Sandbox.start>[0];
type ShopOptions = Parameters<typeof openShop>[0];

const HOUR = 3_600_000;

/** A shop whose sales are corrected, and the vendor's side of it. */
export interface CorrectedShop extends Shop {
  /** Records a sale of now, with a click or without one. */
  sold(orderId: string, more?: Partial<ConversionInput>): Promise<void>;
  /** A sale that has been credited. */
  credited(orderId: string, more?: Partial<ConversionInput>): Promise<void>;
  /** Lets time go by until nothing more happens: looks, calls, the vendor's own work. */
  settled(rounds?: number): Promise<void>;
  /** Moves both clocks. */
  pass(milliseconds: number): void;
  /** The newest action of an order. */
  action(orderId: string): Promise<Awaited<ReturnType<ImpactSandbox['actions']>>[number]>;
  /** Corrections that were asked for, in the order in which they came in. */
  calls(): Promise<{ method: string; parameters: Record<string, string>; at: Date }[]>;
  state(orderId: string, key: string): Promise<string>;
  words(orderId: string): Promise<string[]>;
}

export async function openCorrectedShop(
  database: TestDatabase,
  options: ShopOptions = {},
  sandboxOptions: SandboxOptions = {},
): Promise<CorrectedShop> {
  const sandbox = await Sandbox.start({ settleAfter: '1s', rateLimit: false, ...sandboxOptions });
  const shop = await openShop(options, { sandbox, database });
  const pass = (milliseconds: number): void => {
    shop.clock.advance(milliseconds);
    sandbox.travel(`+${Math.ceil(milliseconds / 1000)}s`);
  };
  const settled = async (rounds = 3): Promise<void> => {
    for (let round = 0; round < rounds; round += 1) {
      await shop.verdicts.hurry();
      await shop.dispatcher.drain();
      await sandbox.settle();
      pass(HOUR / 2);
    }
    await shop.verdicts.hurry();
  };
  const sold = async (orderId: string, more: Partial<ConversionInput> = {}): Promise<void> => {
    await shop.conversions.record(sale(orderId, { eventDate: shop.clock.now(), ...more }));
  };
  return {
    ...shop,
    pass,
    settled,
    sold,
    credited: async (orderId, more) => {
      await sold(orderId, { clickId: await follow(sandbox), ...more });
      await settled(1);
    },
    action: async (orderId) =>
      (await sandbox.actions()).filter((action) => action.orderId === orderId).at(-1)!,
    calls: async () =>
      (await sandbox.requests())
        .filter(({ method, path }) => (method === 'PUT' || method === 'DELETE') && path.endsWith('/Actions'))
        .map(({ method, parameters, at }) => ({ method, parameters: { ...parameters }, at })),
    state: async (orderId, key) =>
      (await shop.conversions.explain(orderId)).corrections.find((one) => one.key === key)!.state,
    words: async (orderId) => (await shop.conversions.explain(orderId)).lines.map(({ words }) => words),
    close: async () => {
      await shop.close();
      await sandbox.close();
    },
  };
}

/** Three shoes at 30.00 and a belt at 40.00. */
export const CART: Partial<ConversionInput> = {
  items: [
    { sku: 'SHOE', category: 'shoes', quantity: 3, price: '30.00' },
    { sku: 'BELT', category: 'belts', quantity: 1, price: '40.00' },
  ],
};
