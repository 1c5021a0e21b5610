import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isClickId } from '../clicks/index.js';
import { landingParser } from './landing.rules.js';

const parse = landingParser(['im_ref', 'irclickid', 'clickid']);
const ID = 'RxT1k2xyMxyNUZ3wUx0Mo3cWUkASqwZ1XJ1Wz00';

describe('landingParser', () => {
  it('reads a whole landing', () => {
    expect(
      parse(
        `/shoes/red?im_ref=${ID}&sharedid=&irpid=5498623&utm_source=Impact&irgwc=1&irmpname=A%20%26+B&q=1`,
      ),
    ).toEqual({
      landing: {
        clickId: ID,
        parameter: 'im_ref',
        partnerParameters: { irpid: '5498623', utm_source: 'Impact', irgwc: '1', irmpname: 'A & B' },
        landingPath: '/shoes/red',
        carriedAt: null,
      },
      flaws: [],
    });
  });

  it.each([
    ['no query', '/shoes'],
    ['another query', '/shoes?ref=1'],
    ['a name that only ends like ours', '/?xim_ref=a'],
    ['a name that only begins like ours', '/?im_ref2=a'],
    ['an array', '/?im_ref[]=a'],
    ['another case', '/?IM_REF=a'],
    ['only in the fragment', '/?a=1#?im_ref=a'],
    ['only in the path', '/im_ref=a?b=1'],
  ])('sees no click in %s', (_, url) => {
    expect(parse(url)).toBeNull();
  });

  it.each([
    ['im_ref before the others, wherever it stands', '/?irclickid=b&im_ref=a', 'a', 'im_ref'],
    ['the next parameter when the first is malformed', '/?im_ref=%zz&irclickid=b', 'b', 'irclickid'],
    ['the first well-formed of repeated ones', '/?im_ref=&im_ref=%20&im_ref=a&im_ref=b', 'a', 'im_ref'],
    ['clickid beside irgwc', '/?clickid=c&irgwc=1', 'c', 'clickid'],
    ['an encoded colon, decoded once', '/?im_ref=a%3Ab', 'a:b', 'im_ref'],
    ['an absolute URL', 'https://shop.example/x?im_ref=a#top', 'a', 'im_ref'],
  ])('takes %s', (_, url, clickId, parameter) => {
    expect(parse(url)?.landing).toMatchObject({ clickId, parameter });
  });

  it.each([
    ['/?im_ref=', ['empty']],
    ['/?im_ref=a%253Ab', ['malformed']],
    ['/?clickid=c', ['clickid-without-irgwc']],
    ['/?im_ref=%0d%0ax&irclickid=&clickid=c', ['malformed', 'empty', 'clickid-without-irgwc']],
  ])('tells why nothing was taken from %s', (url, flaws) => {
    expect(parse(url)).toEqual({ landing: null, flaws });
  });

  it.each([
    ['the path of a relative URL', '/a/b?im_ref=x', '/a/b'],
    ['the path of an absolute one', 'https://shop.example:8443/a?im_ref=x', '/a'],
    ['/ for a bare host', 'https://shop.example?im_ref=x', '/'],
    ['/ for something else', 'x?im_ref=x', '/'],
    ['/ when it has control characters', '/a\nb?im_ref=x', '/'],
    ['512 characters at most', `/${'a'.repeat(600)}?im_ref=x`, `/${'a'.repeat(511)}`],
  ])('keeps %s', (_, url, path) => {
    expect(parse(url)?.landing?.landingPath).toBe(path);
  });

  it('cuts a partner parameter between characters and leaves broken ones out', () => {
    const long = encodeURIComponent(`${'a'.repeat(254)}😀`);
    expect(
      parse(`/?im_ref=x&irmpname=${long}&sharedid=%ff&utm_term=%00&utm_id=%0d%0ax&__proto__=1&email=a`)
        ?.landing,
    ).toMatchObject({
      partnerParameters: { irmpname: 'a'.repeat(254) },
    });
  });

  it.each(['jane@example.com', 'jane%40example.com', 'jane%2540example.com', 'jane%252540example.com'])(
    'keeps no address, however often a chain of redirects has encoded it: %s',
    (address) => {
      expect(parse(`/?im_ref=x&utm_content=${address}`)?.landing?.partnerParameters).toEqual({});
      expect(parse(`/unsubscribe/${address}?im_ref=x`)?.landing?.landingPath).toBe('/');
    },
  );

  it('takes no id that its own limit has cut', () => {
    const padding = 'x'.repeat(16_384 - '/?pad=&im_ref='.length - ID.length + 1);
    expect(parse(`/?pad=${padding}&im_ref=${ID}`)).toBeNull();
    expect(parse(`/?pad=${padding.slice(1)}&im_ref=${ID}&more=1`)?.landing?.clickId).toBe(ID);
    expect(parse(`/?im_ref=${ID}&pad=${padding}xxx`)?.landing?.clickId).toBe(ID);
  });

  it('reads when another domain of the shop captured the click', () => {
    expect(parse('/?im_ref=x&im_ref_at=mavd1s00')?.landing?.carriedAt).toBe(Number.parseInt('mavd1s00', 36));
    expect(parse('/?im_ref=x&im_ref_at=-1')?.landing?.carriedAt).toBeNull();
  });

  it('never throws and never lets anything malformed through, whatever the string', () => {
    const hostile = fc.constantFrom(
      '%', '%0d%0a', '%00', '%ff', '%c0%af', '\u0000', '\r\n', '&', '=', '?', '#', '[]', '%25', '%3A', '+', '../',
      '😀', '\ud800', '__proto__', 'constructor', "';--", '<script>', 'im_ref', 'im_ref=', 'irclickid=', 'clickid=',
      'irgwc=1', 'im_ref_at=', 'utm_source=', 'irmpname=', 'a'.repeat(70), ID,
    ); // prettier-ignore
    const noise = fc.array(fc.oneof(hostile, fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 4 });
    const name = fc.constantFrom(
      'im_ref',
      'irclickid',
      'clickid',
      'irgwc',
      'utm_source',
      'irmpname',
      'im_ref_at',
      'x',
    );
    const value = fc.oneof(
      fc.constant(ID),
      noise.map((parts) => parts.join('')),
    );
    const pair = fc.oneof(
      fc.tuple(name, value).map((both) => both.join('=')),
      value,
    );
    const url = fc
      .array(pair, { maxLength: 8 })
      .chain((pairs) => value.map((path) => `/${path}?${pairs.join('&')}`));
    let taken = 0;
    fc.assert(
      fc.property(url, (value) => {
        const landing = parse(value)?.landing;
        if (landing === undefined || landing === null) return true;
        taken += 1;
        const text = JSON.stringify([landing.landingPath, landing.partnerParameters]);
        // eslint-disable-next-line no-control-regex
        const hostileText = /[\u0000-\u001f]|\\u00[01]|\\[rn]/.test(text);
        return isClickId(landing.clickId) && !hostileText && text.length < 40_000;
      }),
      { numRuns: 10_000 },
    );
    // Else the generator would only have made strings that are never looked at.
    expect(taken).toBeGreaterThan(1_000);
  });
});
