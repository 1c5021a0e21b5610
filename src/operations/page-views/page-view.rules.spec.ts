import { describe, expect, it } from '@jest/globals';
import { pageViewOf, type PageViewContext } from './page-view.rules.js';

const now = new Date('2026-05-20T10:11:12.345Z');
const landing = {
  clickId: 'Abc-1',
  parameter: 'im_ref',
  partnerParameters: { irpid: '77', sharedid: 'a b' },
  landingPath: '/shoes',
  carriedAt: null,
};
const headers = {
  host: 'shop.test',
  referer: 'https://blog.test/post?mail=ada@example.com#x',
  'user-agent': 'Mozilla/5.0',
};
const view = (
  request: object = {},
  options: Partial<PageViewContext['options']> = {},
): Record<string, string> | null => {
  const parameters = pageViewOf(
    {
      request: { method: 'GET', headers, url: '/shoes?im_ref=Abc-1&mail=ada@example.com', ...request },
      landing,
    },
    { campaignId: '1000', now, options: { customProfileId: null, ipAddress: null, ...options } },
  );
  return parameters === null ? null : Object.fromEntries(parameters);
};

describe('a page view', () => {
  it('is made of what capture understood, and of nothing else in the link', () => {
    expect(view()).toEqual({
      CampaignId: '1000',
      EventDate: '2026-05-20T10:11:12Z',
      PageUrl: 'https://shop.test/shoes?im_ref=Abc-1&irpid=77&sharedid=a+b',
      ReferringUrl: 'https://blog.test/post',
      ClickId: 'Abc-1',
      TrackingConsent: 'true',
      UserAgent: 'Mozilla/5.0',
    });
  });

  it.each<[string, object, string | null]>([
    ['over http', { 'x-forwarded-proto': 'http, https' }, 'http://shop.test/'],
    ['over what else', { 'x-forwarded-proto': 'gopher' }, 'https://shop.test/'],
    ['at a port', { host: '127.0.0.1:3000' }, 'https://127.0.0.1:3000/'],
    ['at no host', { host: undefined }, null],
    ['at something that is no host', { host: 'shop.test/@evil.test' }, null],
    ['at a port that does not exist', { host: 'shop.test:99999' }, null],
  ])('%s', (_, more, begins) => {
    const page = view({ headers: { ...headers, ...more } })?.['PageUrl'] ?? null;
    expect(page === null ? null : new URL('/', page).href).toBe(begins);
  });

  it('takes the page’s own origin where a page posts its address', () => {
    const posted = view({ method: 'POST', headers: { ...headers, origin: 'https://www.shop.test' } });
    expect(posted).toMatchObject({ PageUrl: expect.stringMatching(/^https:\/\/www\.shop\.test\/shoes\?/) });
    expect(posted).not.toHaveProperty('ReferringUrl');
    expect(view({ method: 'POST' })).toBeNull();
    expect(view({ method: 'POST', headers: { ...headers, origin: 'null' } })).toBeNull();
  });

  it.each<[string, unknown, string | undefined]>([
    ['an id', ' v-1 ', 'v-1'],
    ['none', null, undefined],
    ['an empty one', '', undefined],
    ['an e-mail address', 'ada@example.com', undefined],
    ['one that is too long', 'x'.repeat(71), undefined],
    ['a promise', Promise.resolve('v-1'), undefined],
    ['a line break', 'a\nb', undefined],
  ])('of a visitor with %s', (_, given, sent) => {
    expect(view({}, { customProfileId: () => given as string })?.['CustomProfileId']).toBe(sent);
  });

  it.each<[string, unknown, string | undefined]>([
    ['an address', '2001:db8::1', '2001:db8::1'],
    ['no address', 'localhost', undefined],
    ['none', undefined, undefined],
  ])('from %s', (_, given, sent) => {
    expect(view({}, { ipAddress: () => given as string })?.['IpAddress']).toBe(sent);
  });

  it.each<[string, string | undefined]>([
    ['https://ada:secret@blog.test/', 'https://blog.test/'],
    ['https://blog.test/u/ada@example.com', 'https://blog.test/'],
    ['android-app://com.example', undefined],
    ['nonsense', undefined],
  ])('that comes from %s', (referer, sent) => {
    expect(view({ headers: { ...headers, referer } })?.['ReferringUrl']).toBe(sent);
  });
});
