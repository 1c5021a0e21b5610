import { describe, expect, it } from '@jest/globals';
import { SQLITE } from '../support/databases.js';
import { useLifetime } from '../support/lifetime.js';
import {
  accept,
  type Answer,
  bytes,
  drippedBody,
  hang,
  headersThenSilence,
  huge,
  reset,
  status,
} from './support/hostile.answers.js';
import { HostileServer } from './support/hostile.server.js';
import { expectEverySaleSafe } from './support/sale.checks.js';
import { PATIENCE } from './support/scale.js';
import { openInstances } from './support/shop.instances.js';

const HOUR = 3_600_000;
const MEGABYTE = 1024 * 1024;

const html = (code: number): Answer =>
  status(code, {
    body: '<!DOCTYPE html><html><body>Sign in</body></html>',
    headers: { 'Content-Type': 'text/html' },
    takes: true,
  });
const noProof = (body: string): Answer => status(200, { body, takes: true });

/** The vendor has the sale each time, and says so in no way that could be believed. */
const UNBELIEVABLE: readonly (readonly [string, (elsewhere: string, self: string) => Answer])[] = [
  ['nothing at all', () => hang(true)],
  ['headers, and then nothing', () => headersThenSilence(true)],
  ['headers that drip', () => bytes(`HTTP/1.1 200 OK\r\nX-Padding: ${'x'.repeat(500)}\r\n\r\n`, true, 10)],
  ['a body that drips', () => drippedBody(10)],
  ['an end in the middle', () => bytes('HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"Status":"QUE', true)],
  ['garbage', () => bytes('\u0001\u0002 not HTTP \u0000\r\n\r\n', true)],
  ['HTML with a 200', () => html(200)],
  ['HTML with a 400', () => html(400)],
  ['somebody else’s XML', () => noProof('<?xml version="1.0"?><Sitemap><Status>QUEUED</Status></Sitemap>')],
  ['JSON that breaks off', () => noProof('{"Status":"QUEUED","QueuedUri":"/Adv')],
  ['QUEUED without a URI', () => noProof('{"Status":"QUEUED"}')],
  ['a 204', () => status(204, { takes: true })],
  ['a 302 to itself', (_elsewhere, self) => status(302, { headers: { Location: self }, takes: true })],
  ['a 302 to elsewhere', (elsewhere) => status(302, { headers: { Location: elsewhere }, takes: true })],
  ['a 502', () => status(502, { takes: true })],
];

/** How much more memory than at the beginning was in use at any moment. */
function watchMemory(): () => number {
  const inUse = (): number => {
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = inUse();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, inUse())), 2);
  return () => {
    clearInterval(timer);
    return most - before;
  };
}

describe('an answer that proves nothing, to a sale that the vendor has', () => {
  const life = useLifetime('file');
  let opened: ReturnType<typeof open> | undefined;
  const open = async () => {
    const elsewhere = life.keep(await HostileServer.start(), (it) => it.close());
    const delivery = {
      timeout: '250ms',
      lease: '2s',
      concurrency: 2,
      backoff: { base: '10m', cap: '15m' },
    } as const;
    return { elsewhere, ...(await openInstances(life, { delivery }, { database: SQLITE })) };
  };
  const paid: string[] = [];

  it.each(UNBELIEVABLE)(
    '%s: repeated inside the duplicate window, looked up first after it',
    async (name, answer) => {
      const { vendor, shop, clock, drain, elsewhere } = await (opened ??= open());
      const sales = `${vendor.url}/Advertisers/${vendor.credentials.accountSid}/Conversions`;
      vendor.sales = ({ attempt }) =>
        attempt === 1
          ? answer(`${elsewhere.url}/Advertisers/${elsewhere.credentials.accountSid}/Conversions`, sales)
          : accept();
      const fails = async (order: string): Promise<void> => {
        paid.push(order);
        await shop.pay(order);
        await drain();
        expect(vendor.posts(order)).toHaveLength(1);
        expect(await shop.conversions.find(order)).toMatchObject({ state: 'RECORDED' });
        const { lines } = await shop.conversions.explain(order);
        expect(lines.map(({ what }) => what)).toEqual(['recorded', 'attempt-failed']);
        expect(lines[1]!.words).toMatch(/may have arrived/);
      };
      const id = name.replaceAll(/\W+/g, '-');

      await fails(`in-${id}`);
      clock.advance(HOUR);
      await drain();
      expect(vendor.posts(`in-${id}`)).toHaveLength(2);
      expect(await shop.conversions.find(`in-${id}`)).toMatchObject({ state: 'SENT' });

      await fails(`past-${id}`);
      clock.advance(25 * HOUR);
      await drain();
      expect(vendor.posts(`past-${id}`)).toHaveLength(1);
      expect(await shop.conversions.find(`past-${id}`)).toMatchObject({ state: 'SENT' });
      const { lines } = await shop.conversions.explain(`past-${id}`);
      expect(lines.at(-1)!.words).toMatch(/its action was looked for first: action .* exists/);

      // A redirect is never followed: somebody else would read the credentials and the sale.
      expect(elsewhere.calls).toEqual([]);
    },
    PATIENCE,
  );

  it('ends well for each of them, and the repeats are nobody’s rejection', async () => {
    const { vendor, shop, shops } = await opened!;
    await expectEverySaleSafe(
      shop,
      { taken: vendor.taken() },
      { orders: paid, repeats: UNBELIEVABLE.length, stories: paid.length },
    );
    for (const each of shops) await each.verdicts.hurry();
    const states = await shop.query(`SELECT DISTINCT state FROM impact_conversions`);
    expect(states).toEqual([{ state: 'CREDITED' }]);
  });
});

describe('an answer without end', () => {
  const life = useLifetime('test');

  it(
    'of 256 MB is not read to its end: memory does not grow, and the sale is not lost',
    async () => {
      const { vendor, shop, clock, drain } = await openInstances(life, {}, { database: SQLITE });
      vendor.sales = ({ attempt }) => (attempt === 1 ? huge(256 * MEGABYTE) : accept());
      await shop.pay('huge');
      const grownBy = watchMemory();
      await drain();
      // Coarse, and a quarter of the answer.
      expect(grownBy()).toBeLessThan(64 * MEGABYTE);
      const { lines } = await shop.conversions.explain('huge');
      expect(lines.at(-1)!.words).toMatch(/may have arrived/);
      clock.advance(HOUR);
      await drain();
      await expectEverySaleSafe(shop, { taken: vendor.taken() }, { orders: ['huge'], repeats: 1 });
    },
    PATIENCE,
  );
});

describe('an answer that proves something all the same', () => {
  const life = useLifetime('test');

  it('the vendor’s XML', async () => {
    const { vendor, shop, drain } = await openInstances(life, {}, { database: SQLITE });
    const body =
      '<?xml version="1.0" encoding="UTF-8"?><ImpactRadiusResponse><Status>QUEUED</Status>' +
      '<QueuedUri>/Advertisers/IRfaults2/APISubmissions/S-XML-1</QueuedUri></ImpactRadiusResponse>';
    vendor.sales = () => status(200, { body, headers: { 'Content-Type': 'application/xml' }, takes: true });
    await shop.pay('XML-1');
    await drain();
    expect(await shop.conversions.find('XML-1')).toMatchObject({ state: 'SENT', submissionId: 'S-XML-1' });
    await expectEverySaleSafe(shop, { taken: vendor.taken() }, { orders: ['XML-1'] });
  });

  it('a kept socket that is reset on its next use: once more at once, and no attempt is lost', async () => {
    const { vendor, shop, drain } = await openInstances(
      life,
      { delivery: { concurrency: 1 } },
      { database: SQLITE },
    );
    await shop.pay('first');
    await drain();
    const kept = vendor.posts('first')[0]?.socket;
    vendor.sales = ({ socket }) => (socket === kept ? reset(false) : accept());
    await shop.pay('second');
    expect(await drain()).toBe(2);
    const { lines } = await shop.conversions.explain('second');
    expect(lines.map(({ words }) => words).at(-1)).toMatch(/queued it on attempt 1/);
    await expectEverySaleSafe(shop, { taken: vendor.taken() }, { orders: ['first', 'second'] });
  });

  it('idle sockets that the vendor closes cost nothing', async () => {
    const { vendor, shop, drain } = await openInstances(life, {}, { database: SQLITE });
    const orders = ['a', 'b', 'c', 'd', 'e'];
    for (const order of orders) {
      await shop.pay(order);
      expect(await drain()).toBe(1);
      for (const socket of vendor.connections) socket.destroy();
    }
    await expectEverySaleSafe(shop, { taken: vendor.taken() }, { orders });
  });
});
