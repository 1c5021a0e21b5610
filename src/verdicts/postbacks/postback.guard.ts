import { createHash, timingSafeEqual } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import { readAddressRange } from '../../config/index.js';

/** Header that may carry the secret instead of the query. */
export const SECRET_HEADER = 'x-impact-postback-secret';
/** Query parameter that carries it. */
export const SECRET_PARAMETER = 'secret';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Whether what a caller gives is one of the secrets, in a time that tells nothing about them. */
export function secretCheck(secrets: readonly string[]): (given: string | null) => boolean {
  const digests = secrets.map(digest);
  return (given) => {
    const offered = digest(given ?? '');
    // Every one is compared: how long that takes must not tell which.
    const matches = digests.filter((known) => timingSafeEqual(known, offered)).length;
    return given !== null && matches > 0;
  };
}

/** Whether an address is within the ranges; without ranges every address is. */
export function sourceCheck(ranges: readonly string[]): (address: string | undefined) => boolean {
  if (ranges.length === 0) return () => true;
  const allowed = new BlockList();
  for (const text of ranges) {
    const range = readAddressRange(text);
    if (range !== null) allowed.addSubnet(range.address, range.prefix, range.family);
  }
  return (given = '') => {
    // A link-local address may name its interface.
    const [address = ''] = given.split('%', 1);
    const version = isIP(address);
    return version !== 0 && allowed.check(address, version === 4 ? 'ipv4' : 'ipv6');
  };
}
