import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type MeddlingProxy, meddlingProxy } from './support/meddling.proxy.js';
import { type CommandEnd, VerifyStage } from './support/verify.stage.js';

/** The lines of failures, each in one piece. */
const failures = ({ out }: CommandEnd): string[] =>
  out
    .replaceAll(/\n {5}/g, ' ')
    .split('\n')
    .filter((line) => line.startsWith('FAIL'));

describe('nestjs-impact verify finds what is planted', () => {
  let stage: VerifyStage;
  let proxy: MeddlingProxy | null = null;

  beforeAll(async () => {
    stage = await VerifyStage.open({
      sandbox: {
        eventTypes: [
          { id: '20001', name: 'Online Sale' },
          { id: '20002', name: 'Newsletter' },
        ],
      },
    });
  });
  afterAll(async () => {
    await stage.close();
  });
  beforeEach(() => {
    stage.onSettled = () => {};
    stage.beforeSettling = () => {};
  });
  afterEach(async () => {
    await proxy?.close();
    proxy = null;
  });

  const withOrder = (items?: Readonly<Record<string, number>>): Promise<CommandEnd> =>
    stage.verify(['--link', stage.link()], { person: (page) => stage.buys(page, items) });

  describe('on the way to the shop', () => {
    it('a redirect that drops the query', async () => {
      proxy = await meddlingProxy(stage.store.url, 'redirect', (path) => path.split('?', 1)[0]!);
      const end = await stage.verify(['--link', stage.link(`${proxy.url}/`)]);
      expect(end.exitCode).toBe(1);
      expect(failures(end)[0]).toMatch(
        /^FAIL Click id on the way: expected im_ref=\S+ arrives unchanged.* seen: it is gone between 127\.0\.0\.1:\d+\/ and 127\.0\.0\.1:\d+\/\. Fix: Make that redirect keep the query/,
      );
      expect(end.err).not.toContain('place and pay');
    });

    it('a redirect that lower-cases the id', async () => {
      proxy = await meddlingProxy(stage.store.url, 'redirect', (path) => path.toLowerCase());
      const end = await stage.verify(['--link', stage.link(`${proxy.url}/`)]);
      expect(end.exitCode).toBe(1);
      expect(failures(end)[0]).toMatch(
        /^FAIL Click id on the way: .* seen: it is in lower case between .* Fix: Stop the rule/,
      );
    });

    it('a proxy that lower-cases the id without a redirect', async () => {
      proxy = await meddlingProxy(stage.store.url, 'pass-on', (path) => path.toLowerCase());
      const end = await stage.verify(['--link', stage.link(`${proxy.url}/`)]);
      expect(end.exitCode).toBe(1);
      expect(failures(end).map((line) => line.slice(0, 20))).toEqual([
        'FAIL Cookie: expecte',
        'FAIL Click stored: e',
      ]);
      expect(failures(end)[0]).toContain('seen: it holds the click id in lower case.');
    });

    it('a proxy that drops the query without a redirect', async () => {
      proxy = await meddlingProxy(stage.store.url, 'pass-on', (path) => path.split('?', 1)[0]!);
      const end = await stage.verify(['--link', stage.link(`${proxy.url}/`)]);
      expect(end.exitCode).toBe(1);
      expect(failures(end)[0]).toMatch(
        /^FAIL Cookie: .* seen: no page of the chain sets impact_click\. Fix: .*proxy passes query/,
      );
    });

    it('a checkout on a host that never gets the cookie', async () => {
      const end = await stage.verify(['--link', stage.link(), '--checkout-host', 'pay.example.com']);
      expect(end.exitCode).toBe(1);
      expect(failures(end)).toEqual([
        expect.stringMatching(
          /^FAIL Cookie at the checkout: expected browsers send the cookie to pay\.example\.com; seen: it is set for 127\.0\.0\.1 alone\. Fix: .*carryClick/,
        ),
      ]);
    });

    it('a landing page that is not there', async () => {
      const end = await stage.verify(['--link', stage.link(`${stage.store.url}/gone`)], {
        person: (page) => stage.buys(page),
      });
      expect(end.exitCode).toBe(1);
      expect(failures(end)[0]).toMatch(/^FAIL Tracking link: .* at the end 404 /);
    });
  });

  describe('at impact.com', () => {
    it('another amount', async () => {
      stage.onSettled = (order) => stage.sandbox.office(order, { amount: '50.00' });
      const end = await withOrder();
      expect(end.exitCode).toBe(1);
      expect(failures(end)).toEqual([
        expect.stringMatching(
          /^FAIL Amount: expected 86\.50 USD; seen: 50(\.00)? USD\. Fix: Compare items, discount, tax and shipping/,
        ),
      ]);
      expect(end.out).toMatch(/ok {3}Reversal: .*REVERSED/);
    });

    it('another partner', async () => {
      stage.onSettled = (order) => stage.sandbox.office(order, { partnerId: '1234502' });
      const end = await withOrder();
      expect(end.exitCode).toBe(1);
      expect(failures(end)).toEqual([
        expect.stringMatching(
          /^FAIL Partner: expected partner 1234501; seen: partner 1234502 \(Slow Coffee Journal\)\. Fix: Another partner is credited/,
        ),
      ]);
    });

    it('a second event type that reports the same order', async () => {
      stage.onSettled = (orderId) =>
        stage.sandbox.plant({ orderId, amount: '86.50', eventTypeId: '20002', partnerId: '1234501' });
      const end = await withOrder();
      expect(end.exitCode).toBe(1);
      expect(failures(end)).toContainEqual(
        expect.stringMatching(
          /^FAIL One action only: .* seen: 2: .*event type 20002.* Fix: The order is reported under a second event type/,
        ),
      );
    });

    it('an order that something else has reported before', async () => {
      stage.beforeSettling = (orderId) =>
        stage.sandbox.plant({ orderId, amount: '86.50', partnerId: '1234501' });
      const end = await withOrder();
      expect(end.exitCode).toBe(1);
      expect(failures(end)[0]).toMatch(
        /^FAIL Submission: .* seen: Validation: CONV_DUPLICATE .* Fix: The order was reported before by something else/,
      );
    });

    it('two actions of one order', async () => {
      stage.onSettled = (order) => stage.sandbox.office(order, 'duplicate');
      const end = await withOrder();
      expect(end.exitCode).toBe(1);
      expect(failures(end)).toContainEqual(
        expect.stringMatching(/^FAIL One action only: .* seen: 2: .* Fix: The order is reported twice/),
      );
    });

    it('a refusal, before the shop has looked', async () => {
      const link = stage.link(undefined, { partnerId: '1234504' });
      const end = await stage.verify(['--link', link], { person: (page) => stage.buys(page) });
      expect(end.exitCode).toBe(1);
      expect(failures(end)[0]).toMatch(/^FAIL Submission: .* CONTRACT_NOT_FOUND/);
    });
  });

  it('calls a conversion of the currency no failure', async () => {
    const end = await withOrder({ 'DRIPPER-MINO': 2 });
    expect(failures(end)).toEqual([]);
    expect(end.exitCode).toBe(0);
    expect(end.out).toMatch(/ok {3}Amount: converted: 91\.12 USD, a rate of 0\.0067/);
    expect(end.out).toMatch(/ok {3}Reversal: .*REVERSED/);
  });

  it('does not touch an order that another click has brought', async () => {
    const strange = await fetch(stage.link(), { redirect: 'manual' });
    const order = await stage.buys(strange.headers.get('location')!);
    const end = await stage.verify(['--link', stage.link(), '--order', order]);
    expect(end.exitCode).toBe(1);
    expect(failures(end)).toEqual([
      expect.stringMatching(/^FAIL Order recorded: .* it has another click\. Fix: Open the landing page/),
    ]);
    const story = await stage.story(order);
    expect(story.corrections).toEqual([]);
  });
});

describe('nestjs-impact verify beside an app with other settings', () => {
  let stage: VerifyStage;
  afterEach(async () => {
    await stage.close();
  });

  it('finds a cookie for another domain', async () => {
    stage = await VerifyStage.open({ impact: { capture: { cookie: { domain: '.example.com' } } } });
    const end = await stage.verify(['--link', stage.link()]);
    expect(end.exitCode).toBe(1);
    expect(failures(end)).toEqual([
      expect.stringMatching(
        /^FAIL Cookie at the checkout: .* seen: Domain=example\.com is not a domain of 127\.0\.0\.1, so browsers drop the cookie\. Fix: Set capture\.cookie\.domain/,
      ),
    ]);
  });

  it('finds an app that reports to another event type', async () => {
    stage = await VerifyStage.open({
      sandbox: {
        eventTypes: [
          { id: '20001', name: 'Online Sale' },
          { id: '20002', name: 'Newsletter' },
        ],
      },
      impact: { eventTypeId: '20002' },
    });
    const end = await stage.verify(['--link', stage.link()], { person: (page) => stage.buys(page) });
    expect(end.exitCode).toBe(1);
    expect(failures(end)).toEqual([
      expect.stringMatching(
        /^FAIL Event type: expected event type 20001; seen: event type 20002 \(Newsletter\)\. Fix: The order was reported under another event type/,
      ),
    ]);
  });
});
