import { createHash } from 'node:crypto';

/** RFC 5321: no address is longer. The bound also keeps the pattern below cheap. */
const LONGEST = 254;
const ADDRESS = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const DIGEST = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i;
const ADDRESS_INSIDE = /[^\s@%,;<>]+(?:@|%40)[^\s@,;<>]+\.[^\s@,;<>]+/g;

/** Whether a text is an e-mail address, percent-encoded ones included. */
export function isEmailAddress(text: string): boolean {
  const plain = text.trim().replace(/%40/i, '@');
  return plain.length <= LONGEST && ADDRESS.test(plain);
}

/** Whether a text is a SHA-1 or SHA-256 digest in hexadecimal. */
export function isEmailDigest(text: string): boolean {
  return DIGEST.test(text.trim());
}

/**
 * The form in which an e-mail address is stored and sent: SHA-1 in hexadecimal of the trimmed, lower-cased
 * address (docs/vendor-contract.md §12 #8). A SHA-1 or SHA-256 digest stays what it is, in lower case.
 */
export function hashEmail(email: string): string {
  const normal = email.trim().toLowerCase();
  return DIGEST.test(normal) ? normal : createHash('sha1').update(normal).digest('hex');
}

/** Every form in which an address may have been recorded: the caller may have hashed it. */
export function emailDigests(email: string): string[] {
  const normal = email.trim().toLowerCase();
  if (DIGEST.test(normal)) return [normal];
  return ['sha1', 'sha256'].map((algorithm) => createHash(algorithm).update(normal).digest('hex'));
}

/** Takes e-mail addresses out of free text. The text must be of bounded length. */
export function withoutEmailAddresses(text: string): string {
  return text.includes('@') || /%40/.test(text) ? text.replace(ADDRESS_INSIDE, '[e-mail removed]') : text;
}
