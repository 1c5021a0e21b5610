import { describe, expect, it } from '@jest/globals';
import { DATABASES } from '../support/databases.js';
import { useLifetime } from '../support/lifetime.js';
import { accept, type Answer, hang, problem, status } from './support/hostile.answers.js';
import { expectEverySaleSafe, expectReadableStory } from './support/sale.checks.js';
import { LONG, PATIENCE, scaled } from './support/scale.js';
import { openInstances, SHARED } from './support/shop.instances.js';

const OTHERS = 99;
const MINUTE = 60_000;
const LONG_TEXT = 'The field is wrong. '.repeat(5_000);
/** Its last character is a pair, which a cut by length would halve. */
const PAIRS = '\u{1F45F}'.repeat(400);

const queued = (uri: string): Answer =>
  status(200, { body: JSON.stringify({ Status: 'QUEUED', QueuedUri: uri }), takes: true });
const URI = '/Advertisers/IRfaults2/APISubmissions';

/** Answers that make trouble when they are written down. */
const UNWRITABLE: readonly (readonly [string, Answer, 'parked' | 'sent'])[] = [
  ['NUL in the refusal', problem(400, 'a\u0000b', 'Item\u0000Sku'), 'parked'],
  ['half a pair in the refusal', problem(400, 'x\uD83D y \uDC5F', '\uD83D'), 'parked'],
  ['pairs that are cut', problem(422, `x${PAIRS}`), 'parked'],
  ['100 kB in the refusal', problem(400, LONG_TEXT.slice(0, 60_000)), 'parked'],
  [
    'two hundred problems',
    status(400, {
      body: JSON.stringify({
        Errors: Array.from({ length: 200 }, (_, n) => ({ Field: `F${n}`, Message: 'wrong '.repeat(40) })),
      }),
    }),
    'parked',
  ],
  ['NUL in the submission', queued(`${URI}/S\u0000-1`), 'sent'],
  ['half a pair in the submission', queued(`${URI}/S-\uD83D`), 'sent'],
  ['a submission of 2,000 characters', queued(`${URI}/${'S'.repeat(2_000)}`), 'sent'],
  [
    'NUL in the action',
    status(200, {
      body: JSON.stringify({ Status: 'OK', ActionId: 'A\u0000-1', ActionUri: '/a' }),
      takes: true,
    }),
    'sent',
  ],
];

describe.each(DATABASES)('among a hundred sales on $name', (database) => {
  const life = useLifetime('test');

  it(
    'answers that can hardly be written down are written down, and the others flow',
    async () => {
      const { vendor, shop, drain } = await openInstances(
        life,
        { delivery: { timeout: '1s', lease: '3s' } },
        { database, count: 1 },
      );
      const poison = new Map(UNWRITABLE.map(([, answer], index) => [`poison-${index}`, answer]));
      vendor.sales = ({ orderId }) => poison.get(orderId) ?? accept();
      const orders: string[] = [];
      for (let number = 0; number < (database === SHARED || LONG ? OTHERS : 22); number += 1) {
        orders.push(
          ...(number % 2 === 0 ? [...poison.keys()].slice(number / 2, number / 2 + 1) : []),
          `fine-${number}`,
        );
      }
      for (const order of orders) await shop.pay(order);
      await drain();
      // One call each: nothing was written twice, and nothing was asked twice.
      expect(vendor.posts()).toHaveLength(orders.length);
      const parked = [...poison.keys()].filter((_, index) => UNWRITABLE[index]![2] === 'parked');
      for (const order of poison.keys()) await expectReadableStory(shop, order);
      await expectEverySaleSafe(shop, { taken: vendor.taken() }, { orders, parked });
    },
    PATIENCE,
  );

  it(
    'an action that can hardly be written down keeps no other from its verdict',
    async () => {
      const { vendor, shop, drain } = await openInstances(
        life,
        { delivery: { timeout: '1s', lease: '3s' } },
        { database, count: 1 },
      );
      const orders = Array.from({ length: 12 }, (_, number) => `V-${number}`);
      for (const order of orders) await shop.pay(order, { promoCodes: ['PARTNER10'] });
      await drain();
      const strange: Readonly<Record<string, Record<string, unknown>>> = {
        'V-1': { MediaPartnerId: '30\u000000' },
        'V-2': { Id: '1000.2000.\u0000' },
        'V-3': { Amount: '9'.repeat(500), Payout: '1'.repeat(500) },
        'V-4': {
          Currency: 'US\u0000D',
          Amount: LONG_TEXT,
          MediaPartnerId: LONG_TEXT,
          MediaPartnerName: LONG_TEXT,
        },
        'V-5': { Id: `1000.\uD83D.7` },
      };
      vendor.reads = ({ what, submissionId }) => {
        if (what === 'look-up') {
          const body = {
            BatchId: submissionId,
            Status: 'Complete',
            ErrorType: 'E\u0000',
            ErrorReason: 'NO_MATCH\u0000 \uD83D',
          };
          return status(200, { body: JSON.stringify(body) });
        }
        const actions = orders.slice(0, -1).map((order, number) => ({
          Id: `1000.2000.${number + 1}`,
          State: 'PENDING',
          Oid: order,
          ActionTrackerId: 2000,
          MediaPartnerId: 3000,
          Currency: 'USD',
          Amount: 10,
          Payout: 1,
          ...strange[order],
        }));
        return status(200, { body: JSON.stringify({ '@page': '1', '@numpages': '1', Actions: actions }) });
      };
      expect(await shop.verdicts.hurry()).toMatchObject({ looked: orders.length });
      const states = new Map<string, string | undefined>();
      for (const order of orders) states.set(order, (await shop.conversions.find(order))?.state);
      expect([...states].filter(([, state]) => state !== 'CREDITED')).toEqual([['V-11', 'REJECTED']]);
      for (const order of orders) await expectReadableStory(shop, order);
    },
    PATIENCE,
  );
});

const FOREVER: readonly (readonly [string, Answer])[] = [
  ['500', status(500)],
  ['silence', hang(false)],
];

describe(`one sale that gets the same trouble for ever, among a hundred on ${SHARED.name}`, () => {
  const life = useLifetime('test');

  it.each(FOREVER)(
    '%s: the others are sent as if it was not there, and it is not asked for more often than its back-off says',
    async (_name, trouble) => {
      const { vendor, shop, clock, drain } = await openInstances(life, {
        // Long enough for a busy machine to answer in, or good sales would be repeated.
        delivery: { timeout: '700ms', lease: '3s', concurrency: 4 },
      });
      vendor.sales = ({ orderId }) => (orderId === 'poison' ? trouble : accept());
      const orders: string[] = ['poison'];
      await shop.pay('poison');
      // An hour of the module's time, with a sale every so often.
      const rounds = scaled(8, 60);
      for (let round = 0; round < rounds; round += 1) {
        for (let number = 0; number < Math.ceil(OTHERS / rounds); number += 1) {
          orders.push(`fine-${round}-${number}`);
          await shop.pay(orders.at(-1)!);
        }
        await drain();
        clock.advance((60 / rounds) * MINUTE);
      }
      clock.advance(MINUTE);
      await drain();
      const fine = orders.slice(1);
      expect(fine.filter((order) => vendor.posts(order).length !== 1)).toEqual([]);
      expect(await shop.query(`SELECT count(*) AS n FROM impact_conversions WHERE state = 'SENT'`)).toEqual([
        { n: fine.length },
      ]);
      const asked = vendor.posts('poison').length;
      expect(asked).toBeGreaterThan(1);
      // Full jitter may make it due again within the same drain: now and then, not each time.
      expect(asked).toBeLessThanOrEqual(2 * (rounds + 1));
      await expectReadableStory(shop, 'poison');

      // It is not given up either: when the trouble is over, it is sent.
      vendor.sales = () => accept();
      clock.advance(16 * MINUTE);
      await drain();
      await expectEverySaleSafe(shop, { taken: vendor.taken() }, { orders });
    },
    PATIENCE,
  );
});
