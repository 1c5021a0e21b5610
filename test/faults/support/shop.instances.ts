import type { ImpactModuleOptions } from 'nestjs-impact';
import { TestClock } from 'nestjs-impact/testing';
import { SERVERS, SQLITE, type TestDatabase } from '../../support/databases.js';
import type { Lifetime } from '../../support/lifetime.js';
import { type FaultShop, openFaultShop } from './fault.shop.js';
import { HostileServer } from './hostile.server.js';
import { quietSockets } from './quiet.sockets.js';

/** SQLite has one connection per process, and both shops are in this one: there it is a single shop. */
export const SHARED: TestDatabase = SERVERS[0] ?? SQLITE;

/** Instances of one shop, as its processes would be: on one database, in one time. */
export interface Instances {
  readonly vendor: HostileServer;
  readonly shops: readonly FaultShop[];
  /** The first of them. */
  readonly shop: FaultShop;
  readonly clock: TestClock;
  /** Every instance sends what is due; answers how many calls that took. */
  readonly drain: () => Promise<number>;
  /** Drains and moves time on, step by step, while there is something to wait for. */
  readonly drainWhile: (goesOn: () => boolean | Promise<boolean>, stepMs: number) => Promise<void>;
}

export async function openInstances(
  life: Lifetime,
  options: Omit<ImpactModuleOptions, 'database'> = {},
  { database = SHARED, count = 2 }: { readonly database?: TestDatabase; readonly count?: 1 | 2 } = {},
): Promise<Instances> {
  life.keep(null, quietSockets);
  const fresh = life.keep(await database.create(), (it) => it.drop());
  const vendor = life.keep(await HostileServer.start(), (it) => it.close());
  const clock = new TestClock();
  const shops: FaultShop[] = [];
  for (const name of ['one', 'two'].slice(0, database === SQLITE ? 1 : count)) {
    const place = { options: fresh.options, vendor: vendor.seenBy(name), clock };
    shops.push(life.keep(await openFaultShop(place, options), (it) => it.close()));
  }
  const shop = shops[0]!;
  const drain = async (): Promise<number> => {
    const before = vendor.posts().length;
    await Promise.all(shops.map((each) => each.dispatcher.drain()));
    return vendor.posts().length - before;
  };
  return {
    vendor,
    shops,
    shop,
    clock,
    drain,
    drainWhile: async (goesOn, stepMs) => {
      while (await goesOn()) {
        await drain();
        clock.advance(stepMs);
      }
    },
  };
}
