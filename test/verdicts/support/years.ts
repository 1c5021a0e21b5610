import { ImpactSandbox, type SandboxOptions } from 'nestjs-impact/sandbox';
import { ImpactApiClient, type Conversion, type StoryLine } from 'nestjs-impact';
import type { TestDatabase } from '../../support/databases.js';
import { follow, openShop, sale, type Shop } from '../../delivery/support/shop.js';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A shop and a vendor that live in the same time. */
export interface Years {
  readonly shop: Shop;
  readonly sandbox: ImpactSandbox;
  /** Moves both clocks on. */
  pass(milliseconds: number): void;
  /** Time goes by as it does for a running app: it sweeps whenever it may. */
  live(milliseconds: number, step?: number): Promise<void>;
  /** Records sales with a click of the given partner, sends them, and lets the vendor settle. */
  sell(orderIds: readonly string[], more?: Parameters<typeof sale>[1]): Promise<void>;
  find(orderId: string): Promise<Conversion>;
  /** Its story, but for how it was recorded and sent. */
  lines(orderId: string): Promise<StoryLine[]>;
  /** To be closed after the test, the last one first. */
  readonly open: { close(): Promise<void> }[];
}

export interface YearsOptions {
  readonly database: TestDatabase;
  readonly shop?: Parameters<typeof openShop>[0];
  readonly sandbox?: SandboxOptions;
}

export async function startYears(given: YearsOptions): Promise<Years> {
  const sandbox = await ImpactSandbox.start({
    settleAfter: '1s',
    rateLimit: false,
    pageSize: { minimum: 1 },
    ...given.sandbox,
  });
  const shop = await openShop(given.shop, { database: given.database, sandbox });
  const pass = (milliseconds: number): void => {
    shop.clock.advance(milliseconds);
    sandbox.travel(new Date(sandbox.now().getTime() + milliseconds));
  };
  return {
    shop,
    sandbox,
    pass,
    live: async (milliseconds, step = 6 * HOUR) => {
      for (let gone = 0; gone < milliseconds; gone += step) {
        pass(Math.min(step, milliseconds - gone));
        await shop.verdicts.sweep();
      }
    },
    sell: async (orderIds, more = {}) => {
      const clickId = more.clickId ?? (await follow(sandbox));
      for (const orderId of orderIds) {
        const eventDate = new Date(shop.clock.now());
        await shop.conversions.record(sale(orderId, { clickId, eventDate, ...more }));
      }
      await shop.dispatcher.drain();
      await sandbox.settle();
    },
    find: async (orderId) => (await shop.conversions.find(orderId))!,
    lines: async (orderId) => {
      const { lines } = await shop.conversions.explain(orderId);
      return lines.filter(({ what }) => what !== 'recorded' && what !== 'sent');
    },
    open: [sandbox, shop],
  };
}

/** Listings are read in pages of this size, which the vendor would not serve so small. */
export function readInPagesOf(shop: Shop, pageSize: number): void {
  const api = shop.app.get(ImpactApiClient);
  const original = ImpactApiClient.prototype.walkActions.bind(api);
  api.walkActions = (query, mayCall) => original({ ...query, pageSize }, mayCall);
}

/** Windows that were asked for, oldest call first. */
export async function listings(
  sandbox: ImpactSandbox,
): Promise<{ by: string; from: Date; to: Date; page: number }[]> {
  return (await sandbox.requests())
    .filter(({ path, method }) => method === 'GET' && path.endsWith('/Actions'))
    .map(({ parameters }) => {
      const by = 'LockingDateStart' in parameters ? 'locking' : 'updated';
      const prefix = by === 'locking' ? 'LockingDate' : '';
      const [from, to] = by === 'locking' ? ['Start', 'End'] : ['StartDate', 'EndDate'];
      return {
        by,
        from: new Date(parameters[`${prefix}${from}`]!),
        to: new Date(parameters[`${prefix}${to}`]!),
        page: Number(parameters['Page']),
      };
    });
}

/** Every sale is unsettled again, and nothing is known of any action. */
export async function forgetVerdicts(shop: Shop): Promise<void> {
  await shop.query(`DELETE FROM impact_actions`);
  await shop.query(`DELETE FROM impact_accounts WHERE scope = 'walk'`);
  await shop.query(
    `UPDATE impact_conversions SET state = 'SENT', verdict_due_at = 1, action_id = NULL, action_state = NULL, ` +
      `action_amount = NULL, action_currency = NULL, partner_id = NULL, payout = NULL, locking_at = NULL, cleared_at = NULL ` +
      `WHERE sent_at IS NOT NULL`,
  );
}
