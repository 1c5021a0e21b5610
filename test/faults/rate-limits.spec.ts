import { describe, expect, it } from '@jest/globals';
import { useLifetime } from '../support/lifetime.js';
import { accept, status } from './support/hostile.answers.js';
import { expectEverySaleSafe } from './support/sale.checks.js';
import { LONG, PATIENCE, scaled } from './support/scale.js';
import { openInstances, type Instances } from './support/shop.instances.js';

const SECOND = 1000;
const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;
const CONCURRENCY = 2;

const httpDate = (inMs: number): string => new Date(Date.now() + inMs).toUTCString();
const epochSeconds = (inMs: number): string => String(Math.round((Date.now() + inMs) / 1000));
const epochMillis = (inMs: number): string => String(Date.now() + inMs);

/** What a 429 says, and how long nobody may call after it: at least and at most. A whole-second header is up to a second off. */
type Form = readonly [name: string, headers: () => Record<string, string>, least: number, most: number];

const TOLD = 90 * SECOND;
/** A pause is spread by up to a second, so that not everybody comes back at once. */
const SPREAD = 2 * SECOND;
const MINUTE_OF_ITS_OWN = [30 * SECOND, 60 * SECOND] as const;

const FORMS: readonly Form[] = [
  ['Retry-After in seconds', () => ({ 'Retry-After': '90' }), TOLD, TOLD + SPREAD],
  ['Retry-After as a date', () => ({ 'Retry-After': httpDate(TOLD) }), TOLD - SECOND, TOLD + SPREAD],
  [
    'a reset in epoch seconds',
    () => ({ 'X-RateLimit-Reset': epochSeconds(TOLD) }),
    TOLD - SECOND,
    TOLD + SPREAD,
  ],
  [
    'a reset in epoch milliseconds',
    () => ({ 'X-RateLimit-Reset': epochMillis(TOLD) }),
    TOLD - SECOND,
    TOLD + 2 * SPREAD,
  ],
  ['a reset in seconds from now', () => ({ 'RateLimit-Reset': '90' }), TOLD, TOLD + SPREAD],
  [
    'the hour’s reset',
    () => ({ 'X-RateLimit-Reset-Hour': epochSeconds(TOLD) }),
    TOLD - SECOND,
    TOLD + SPREAD,
  ],
  [
    'Retry-After, which counts more than the reset',
    () => ({ 'Retry-After': '90', 'X-RateLimit-Reset': '5' }),
    TOLD,
    TOLD + SPREAD,
  ],
  [
    'garbage in Retry-After beside a good reset',
    () => ({ 'Retry-After': 'soon', 'X-RateLimit-Reset': '90' }),
    TOLD,
    TOLD + SPREAD,
  ],
  ['no word about when', () => ({}), ...MINUTE_OF_ITS_OWN],
  ['garbage in Retry-After', () => ({ 'Retry-After': 'in a while' }), ...MINUTE_OF_ITS_OWN],
  ['a negative Retry-After', () => ({ 'Retry-After': '-90' }), ...MINUTE_OF_ITS_OWN],
  ['garbage in the reset', () => ({ 'X-RateLimit-Reset': 'NaN' }), ...MINUTE_OF_ITS_OWN],
  ['a Retry-After of a year', () => ({ 'Retry-After': String(YEAR / SECOND) }), HOUR, HOUR + SPREAD],
  ['a Retry-After a year from now', () => ({ 'Retry-After': httpDate(YEAR) }), HOUR, HOUR + SPREAD],
  ['a reset a year from now', () => ({ 'X-RateLimit-Reset': epochSeconds(YEAR) }), HOUR, HOUR + SPREAD],
  ['a Retry-After of zero', () => ({ 'Retry-After': '0' }), 0, 60 * SECOND],
  ['a Retry-After that has passed', () => ({ 'Retry-After': httpDate(-YEAR) }), 0, 60 * SECOND],
  ['a reset of zero', () => ({ 'X-RateLimit-Reset': '0' }), 0, 60 * SECOND],
  ['a reset that has passed', () => ({ 'X-RateLimit-Reset': epochSeconds(-HOUR) }), 0, 60 * SECOND],
];

/** One of each kind that does not say how long; the long run takes them all. */
const SAYS_NOTHING = /no word|Retry-After of zero|reset that has passed/;

describe('a 429', () => {
  const life = useLifetime('file');
  let two: Instances | undefined;
  const paid: string[] = [];
  const pay = async (form: string): Promise<void> => {
    for (let sale = 0; sale < 3; sale += 1) {
      paid.push(`${form.replaceAll(/\W+/g, '-')}-${sale}`);
      await two!.shop.pay(paid.at(-1)!);
    }
  };

  it.each(FORMS)(
    'with %s pauses the account in every process, and then all goes on',
    async (form, headers, least, most) => {
      // A row must not live through the longest pause unless the time behind it does not count.
      two ??= await openInstances(life, { delivery: { concurrency: CONCURRENCY, maxAge: '30m' } });
      const { vendor, shop, shops, clock, drain, drainWhile } = two;
      vendor.calmDown();
      await pay(form);

      vendor.sales = () => status(429, { headers: headers() });
      expect(await drain()).toBeLessThanOrEqual(CONCURRENCY * shops.length);
      vendor.sales = () => accept();

      // Nobody calls before the time.
      const quiet = Math.max(0, least - 2 * SECOND);
      clock.advance(quiet);
      const early = quiet === 0 ? 0 : await drain();
      expect(early).toBe(0);
      clock.advance(most - quiet + SECOND);
      expect(await drain()).toBeGreaterThan(0);
      await drainWhile(async () => (await shop.waiting()) > 0, 10 * SECOND);
      await expectEverySaleSafe(shop, { taken: vendor.taken() }, { orders: paid, stories: 3 });
    },
    PATIENCE,
  );

  it.each(FORMS.filter(([name, , least]) => least < 60 * SECOND && (LONG || SAYS_NOTHING.test(name))))(
    'with %s for five minutes is no storm',
    async (form, headers) => {
      const { vendor, shop, clock, drainWhile } = two!;
      vendor.calmDown();
      await pay(`again ${form}`);
      vendor.sales = () => status(429, { headers: headers() });
      const end = clock.now().getTime() + 300 * SECOND;
      await drainWhile(() => clock.now().getTime() < end, scaled(3, 1) * SECOND);
      expect(vendor.posts().length).toBeLessThanOrEqual(50);
      vendor.sales = () => accept();
      await drainWhile(async () => (await shop.waiting()) > 0, 30 * SECOND);
      await expectEverySaleSafe(shop, { taken: vendor.taken() }, { orders: paid, stories: 3 });
    },
    PATIENCE,
  );
});
