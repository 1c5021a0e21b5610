import { describe, expect, it } from '@jest/globals';
import { ImpactConfigurationError } from '../config/index.js';
import { AccountPaths, lastSegment } from './account.paths.js';

const SID = 'IRabc123';
const paths = new AccountPaths('https://api.impact.com', SID);
const moved = new AccountPaths('http://127.0.0.1:4010/impact/', SID);

describe('building', () => {
  it('escapes each segment and keeps the base path', () => {
    expect(paths.to(['Actions', '1000.1.2', 'Items']).href).toBe(
      'https://api.impact.com/Advertisers/IRabc123/Actions/1000.1.2/Items',
    );
    expect(paths.to(['Clicks', 'a:b/c?d#e']).pathname).toBe('/Advertisers/IRabc123/Clicks/a%3Ab%2Fc%3Fd%23e');
    expect(moved.to(['Actions'], [['StartDate', '2026-11-22T00:00:00Z']]).href).toBe(
      'http://127.0.0.1:4010/impact/Advertisers/IRabc123/Actions?StartDate=2026-11-22T00%3A00%3A00Z',
    );
  });

  it.each(['', '..', '.', '%2e%2e', '../../x'])('%j does not climb out', (segment) => {
    expect(paths.to(['APISubmissions', segment]).pathname).toMatch(
      /^\/Advertisers\/IRabc123\/APISubmissions\/./,
    );
  });

  it.each(['', '../Agencies', 'IR abc', 'IR/abc', 'IR%2Fabc', 'IRabc\n', 'IR?x'])(
    'refuses the account id %j',
    (sid) => {
      const broken = new AccountPaths('https://api.impact.com', sid);
      expect(() => broken.to(['Actions'])).toThrow(ImpactConfigurationError);
      expect(() => broken.follow('/Advertisers/x/Actions')).toThrow(ImpactConfigurationError);
    },
  );
});

describe('following', () => {
  it.each([
    [
      paths,
      '/Advertisers/IRabc123/APISubmissions/A-1',
      'https://api.impact.com/Advertisers/IRabc123/APISubmissions/A-1',
    ],
    [
      paths,
      'https://api.impact.com/Advertisers/IRabc123/Actions?Page=2',
      'https://api.impact.com/Advertisers/IRabc123/Actions?Page=2',
    ],
    [
      paths,
      'https://api.impact.com:443/Advertisers/IRabc123/Actions',
      'https://api.impact.com/Advertisers/IRabc123/Actions',
    ],
    [
      moved,
      '/Advertisers/IRabc123/Actions?Page=2',
      'http://127.0.0.1:4010/impact/Advertisers/IRabc123/Actions?Page=2',
    ],
    [
      moved,
      '/impact/Advertisers/IRabc123/Actions',
      'http://127.0.0.1:4010/impact/Advertisers/IRabc123/Actions',
    ],
  ])('%#: %s', (of, uri, href) => {
    expect(of.follow(uri)?.href).toBe(href);
  });

  it.each([
    'https://evil.example/Advertisers/IRabc123/Actions',
    '//evil.example/Advertisers/IRabc123/Actions',
    String.raw`\\evil.example\Advertisers\IRabc123\Actions`,
    'http://api.impact.com/Advertisers/IRabc123/Actions',
    'https://api.impact.com:8443/Advertisers/IRabc123/Actions',
    'https://user:pass@api.impact.com/Advertisers/IRabc123/Actions',
    'https://api.impact.com.evil.example/Advertisers/IRabc123/Actions',
    '/Advertisers/IRother/Actions',
    '/Advertisers/IRabc1234/Actions',
    '/Advertisers/IRabc123/../IRother/Actions',
    '/Advertisers/IRabc123/%2e%2e/IRother/Actions',
    '/Advertisers/IRabc123/..%2fIRother/Actions',
    '/Agencies/IRabc123/Actions',
    'javascript:alert(1)',
    'file:///etc/passwd',
    '',
    'http://[',
  ])('not %j', (uri) => {
    expect(paths.follow(uri)).toBeNull();
  });
});

it.each([
  ['/Advertisers/IRx/APISubmissions/A-1', 'A-1'],
  ['https://api.impact.com/Advertisers/IRx/APISubmissions/A-1/?x=/y#/z', 'A-1'],
  ['/Advertisers/IRx/QueuedStatus/a%3Ab', 'a:b'],
  ['/Advertisers/IRx/QueuedStatus/%E0%A4%A', '%E0%A4%A'],
  ['A-1', 'A-1'],
  ['/', null],
])('lastSegment of %j', (uri, segment) => {
  expect(lastSegment(uri)).toBe(segment);
});
