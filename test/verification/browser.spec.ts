import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeInBrowser } from '../browser/chromium.js';
import { ChromiumProbe, findBrowser } from '../../src/cli/verify/chromium.probe.js';
import { findPath } from './support/browser.path.js';
import { meddlingProxy } from './support/meddling.proxy.js';
import { VerifyStage } from './support/verify.stage.js';

describeInBrowser('nestjs-impact verify with a real browser', () => {
  let stage: VerifyStage;
  beforeAll(async () => {
    stage = await VerifyStage.open();
  });
  afterAll(async () => {
    await stage.close();
  });

  it('proves that a browser keeps the cookie', async () => {
    const { exitCode, out } = await stage.verify([
      '--synthetic',
      '--link',
      stage.link(),
      '--browser',
      findPath(),
    ]);
    expect(out).not.toContain('FAIL');
    expect(out).toMatch(/ok {3}Real browser: Chromium keeps it for 127\.0\.0\.1/);
    expect(exitCode).toBe(0);
  }, 60_000);

  it('proves a page that captures by script, and leaves it open without a browser', async () => {
    const page = `<!doctype html><script>window.impactConsent = 'granted';</script><script src="/impact/click/script.js"></script>`;
    const scripted = await VerifyStage.open({ impact: { capture: { via: 'none', endpoint: {} } } });
    const proxy = await meddlingProxy(scripted.store.url, 'pass-on', (path) => path, page);
    try {
      const link = scripted.link(`${proxy.url}/`);
      const seen = await scripted.verify(['--synthetic', '--link', link, '--browser', findPath()]);
      expect(seen.out).toMatch(/ok {3}Cookie: all of it[^]*ok {3}Real browser[^]*ok {3}Click stored/);
      expect(seen.exitCode).toBe(0);

      const unseen = await scripted.verify(['--synthetic', '--link', link]);
      expect(unseen.out).toMatch(/open Cookie: [^]*captures by script/);
    } finally {
      await proxy.close();
      await scripted.close();
    }
  }, 60_000);

  it('sees what a page does by script, and says where it ended', async () => {
    const server = createServer((_, answer) => {
      answer.setHeader('content-type', 'text/html');
      answer.end(
        `<script>document.cookie = 'cart=a%20b; Max-Age=600; SameSite=Lax'; location.hash = 'done';</script>`,
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const page = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    try {
      const probe = new ChromiumProbe(findPath(), new AbortController().signal);
      const { url, cookies } = await probe.visit(page, {
        timeout: 10_000,
        enough: (seen) => seen.length > 0,
      });
      expect(url).toBe(`${page}#done`);
      const [cookie] = cookies;
      expect(cookie).toMatchObject({
        name: 'cart',
        value: 'a b',
        domain: null,
        host: '127.0.0.1',
        httpOnly: false,
        sameSite: 'lax',
      });
      expect(Math.abs(cookie!.maxAge! - 600)).toBeLessThan(10);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }, 60_000);

  it('gives up a program that is no browser', async () => {
    const { out } = await stage.verify([
      '--synthetic',
      '--link',
      stage.link(),
      '--browser',
      process.execPath,
    ]);
    expect(out.replaceAll(/\n {5}/g, ' ')).toMatch(
      /open Real browser: .*Chromium could not open the page\. Fix: Open the landing page in a browser/,
    );
  }, 60_000);

  it('finds an installed one in the usual places', () => {
    expect([null, findPath()]).toContain(findBrowser());
  });
});
