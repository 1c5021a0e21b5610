import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { openShop, type Shop, type ShopPlace } from '../../delivery/support/shop.js';

const HOUR = 3_600_000;

/** A shop and its local impact.com whose clocks move together. */
export interface Timeline {
  readonly shop: Shop;
  readonly sandbox: ImpactSandbox;
  /** Moves both clocks on by so many milliseconds. */
  pass(milliseconds: number): void;
  /** Delivers, lets the other side settle and looks, until nothing moves any more. */
  quiet(rounds?: number): Promise<void>;
  close(): Promise<void>;
}

export async function openTimeline(
  sandboxOptions: Parameters<typeof ImpactSandbox.start>[0] = {},
  place: Omit<ShopPlace, 'sandbox'> = {},
  options: Parameters<typeof openShop>[0] = {},
): Promise<Timeline> {
  const sandbox = await ImpactSandbox.start({
    settleAfter: '1s',
    rateLimit: false,
    requestLog: 20_000,
    ...sandboxOptions,
  });
  const shop = await openShop(options, { sandbox, ...place });
  const pass = (milliseconds: number): void => {
    shop.clock.advance(milliseconds);
    sandbox.travel(new Date(sandbox.now().getTime() + milliseconds));
  };
  return {
    shop,
    sandbox,
    pass,
    quiet: async (rounds = 8) => {
      for (let round = 0; round < rounds; round += 1) {
        const { sent, retried } = await shop.dispatcher.drain();
        await sandbox.settle();
        await shop.verdicts.hurry();
        pass(HOUR);
        if (round > 1 && sent + retried === 0 && (await shop.dispatcher.drain()).sent === 0) return;
      }
    },
    close: async () => {
      await shop.close();
      await sandbox.close();
    },
  };
}
