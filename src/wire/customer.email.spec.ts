import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { hashEmail, isEmailAddress, isEmailDigest, withoutEmailAddresses } from './customer.email.js';

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');

describe('hashEmail', () => {
  it('is the SHA-1 of the trimmed, lower-cased address', () => {
    // Computed with `printf ada@example.com | sha1sum`.
    expect(hashEmail('  Ada@Example.COM ')).toBe('3ca93ad87e0bb737e653b66ad67731e86bbc050f');
  });

  it.each([sha1('x'), sha1('x').toUpperCase(), createHash('sha256').update('x').digest('hex')])(
    'leaves the digest %s as it is, in lower case',
    (digest) => {
      expect(hashEmail(digest)).toBe(digest.toLowerCase());
      expect(isEmailDigest(digest)).toBe(true);
    },
  );
});

describe('isEmailAddress', () => {
  it.each(['a@b.co', ' Ada.Lovelace+x@mail.example.com ', 'ü@exämple.de', 'ada%40example.com'])(
    '%j is one',
    (text) => {
      expect(isEmailAddress(text)).toBe(true);
    },
  );

  it.each(['', '@', 'ada', 'ada@host', 'a b@c.de', 'a@b@c.de', `${'a'.repeat(250)}@b.co`, 'cust_42'])(
    '%j is none',
    (text) => {
      expect(isEmailAddress(text)).toBe(false);
    },
  );

  it('answers at once for a long hostile text', () => {
    const started = performance.now();
    expect(isEmailAddress(`a@${'.'.repeat(1_000_000)}`)).toBe(false);
    expect(performance.now() - started).toBeLessThan(200);
  });
});

describe('withoutEmailAddresses', () => {
  it.each([
    ['call ada@example.com today', 'call [e-mail removed] today'],
    ['a@b.co,c@d.co', '[e-mail removed],[e-mail removed]'],
    ['Ada <ada@b.co>', 'Ada <[e-mail removed]>'],
    ['ada%40example.com', '[e-mail removed]'],
    ['size L @ home', 'size L @ home'],
  ])('%j becomes %j', (text, clean) => {
    expect(withoutEmailAddresses(text)).toBe(clean);
  });
});
