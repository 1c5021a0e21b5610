import { afterEach, describe, expect, it } from '@jest/globals';
import { type CaptureApp, startCaptureApp } from '../capture/support/capture.app.js';
import { openShop, sale, type Shop } from '../delivery/support/shop.js';
import { DATABASES, type FreshDatabase, type TestDatabase } from '../support/databases.js';

/** Ids that careless collations take for one another: by case, by what comes last, by accents, by width. */
const LOOK_ALIKES = [
  'Ab~c',
  'ab~c',
  'aB~c',
  'ab~C',
  'ab~c.',
  'ab~c-',
  'ab~c_',
  'ab~c:',
  'ab~c~',
  'ab-c',
  'abc',
];
const ORDERS = [
  'R-1',
  'r-1',
  'r-1.',
  'ŕ-1',
  'Ŕ-1',
  'r\u0301-1',
  'ｒ-1',
  'ß',
  'ss',
  'SS',
  'ſs',
  'o',
  'ö',
  'oe',
  '😀',
  '😁',
];

/** The worst that an app can have around our tables: a character set without most letters, and a forgiving collation. */
const SURROUNDINGS: readonly {
  readonly database: TestDatabase;
  readonly how: string;
  readonly name: string;
}[] = DATABASES.flatMap((database) => {
  const plain = { database, how: '', name: database.name };
  if (database.dialect !== 'mysql') return [plain];
  return [
    plain,
    ...[
      'CHARACTER SET latin1 COLLATE latin1_swedish_ci',
      'CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci',
    ].map((how) => ({ database, how, name: `${database.name}, ${how}` })),
  ];
});

describe.each(SURROUNDINGS)('identifiers on $name', ({ database, how }) => {
  const open: { close(): Promise<void> }[] = [];
  const keep = <T extends { close(): Promise<void> }>(thing: T): T => {
    open.push(thing);
    return thing;
  };
  const fresh = async (): Promise<FreshDatabase> => {
    const at = await database.create(how);
    keep({ close: () => at.drop() });
    return at;
  };
  afterEach(async () => {
    for (const one of open.splice(0).toReversed()) await one.close();
  });

  it('of clicks are told apart byte for byte', async () => {
    const at = await fresh();
    const app: CaptureApp = keep(await startCaptureApp({ platform: 'express', at }));
    for (const clickId of LOOK_ALIKES) await app.clicks.remember({ clickId });
    for (const [index, clickId] of LOOK_ALIKES.entries()) {
      await app.clicks.link(clickId, { order: ORDERS[index]!, customer: 'C' });
    }
    for (const [index, clickId] of LOOK_ALIKES.entries()) {
      expect(await app.clicks.findFor({ order: ORDERS[index]! })).toMatchObject({ clickId });
    }
    expect(await app.clicks.findFor({ customer: 'c' })).toBeNull();
    const rows = await app.rows('impact_clicks');
    expect(rows.map((row) => String(row['click_id'])).toSorted()).toEqual(LOOK_ALIKES.toSorted());
    // A burst is one statement, where rows could swallow each other.
    for (const clickId of [...LOOK_ALIKES, ...LOOK_ALIKES]) {
      const now = Date.now();
      app.buffer.add({
        clickId: `${clickId}x`,
        parameter: 'im_ref',
        firstSeenAt: now,
        lastSeenAt: now,
        landingPath: null,
        partnerParameters: null,
        consent: 'granted',
      });
    }
    expect(await app.rows('impact_clicks')).toHaveLength(2 * LOOK_ALIKES.length);
  });

  it('of orders are told apart, come back as they were given, and are sent that way', async () => {
    const shop: Shop = keep(await openShop({}, { at: await fresh() }));
    for (const orderId of ORDERS) await shop.conversions.record(sale(orderId));
    for (const orderId of ORDERS) expect(await shop.conversions.find(orderId)).toMatchObject({ orderId });
    expect(await shop.conversions.find('O')).toBeNull();
    expect(await shop.dispatcher.drain()).toMatchObject({ sent: ORDERS.length, waiting: 0 });
    expect([...(await shop.posts()).keys()].toSorted()).toEqual(ORDERS.toSorted());
  });
});
