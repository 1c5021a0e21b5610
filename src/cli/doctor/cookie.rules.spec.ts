import { describe, expect, it } from '@jest/globals';
import { cookieFindings } from './cookie.rules.js';

const COOKIE = { name: 'impact_click', domain: null, path: '/', secure: true, sameSite: 'lax' } as const;
const look = (
  cookie: Partial<Omit<typeof COOKIE, 'domain' | 'path' | 'secure' | 'sameSite'>> & {
    domain?: string | null;
    path?: string;
    secure?: boolean;
    sameSite?: 'lax' | 'strict' | 'none';
  },
  ...sites: string[]
) =>
  cookieFindings(
    { ...COOKIE, ...cookie },
    sites.map((site) => new URL(site)),
  );

describe('cookieFindings', () => {
  it.each([
    ['one host', {}, ['https://www.shop.example']],
    [
      'a domain over two hosts',
      { domain: '.shop.example' },
      ['https://www.shop.example', 'https://pay.shop.example'],
    ],
    ['a domain in other letters', { domain: 'Shop.Example' }, ['https://shop.example']],
    ['localhost by http', {}, ['http://localhost:3000']],
    ['http without Secure', { secure: false }, ['http://shop.example']],
  ])('is good with %s', (_, cookie, sites) => {
    expect(look(cookie, ...sites)).toMatchObject([{ level: 'good' }]);
  });

  it.each([
    [
      'two hosts without a domain',
      {},
      ['https://www.shop.example', 'https://pay.shop.example'],
      "'.shop.example'",
    ],
    [
      'two hosts with nothing in common',
      {},
      ['https://shop.example', 'https://pay.test'],
      'carry the click over',
    ],
    ['two hosts that share a suffix alone', {}, ['https://a.com', 'https://b.com'], 'carry the click over'],
    [
      'a domain of somebody else',
      { domain: 'other.example' },
      ['https://www.shop.example'],
      "'.www.shop.example'",
    ],
    ['a domain that only ends alike', { domain: 'hop.example' }, ['https://shop.example'], "'.shop.example'"],
    ['a top-level domain', { domain: '.example' }, ['https://shop.example'], 'a domain of your own'],
    ['an address', { domain: '127.0.0.1' }, ['http://127.0.0.1'], 'a domain of your own'],
    ['Secure on plain http', {}, ['http://shop.example'], 'by https'],
  ])('is bad with %s', (_, cookie, sites, fix) => {
    expect(look(cookie, ...sites)).toMatchObject([{ level: 'bad', fix: expect.stringContaining(fix) }]);
  });

  it.each([
    ['no site to compare with', {}, [], '--site'],
    ['a narrow path', { path: '/shop' }, ['https://shop.example'], 'capture.cookie.path'],
    ['SameSite=Strict', { sameSite: 'strict' as const }, ['https://shop.example'], "'lax'"],
  ])('warns of %s', (_, cookie, sites, fix) => {
    expect(look(cookie, ...sites)).toMatchObject([{ level: 'warning', fix: expect.stringContaining(fix) }]);
  });
});
