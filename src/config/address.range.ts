import { isIP } from 'node:net';

/** IP addresses that have their first bits in common. */
export interface AddressRange {
  readonly address: string;
  /** Bits. */
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** Reads `203.0.113.7`, `203.0.113.0/24`, `2001:db8::/32`; null for everything else. */
export function readAddressRange(text: string): AddressRange | null {
  const [, address = '', bits] = /^([0-9A-Fa-f.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) return null;
  const longest = version === 4 ? 32 : 128;
  const prefix = bits === undefined ? longest : Number(bits);
  return prefix > longest ? null : { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' };
}

export const isAddressRange = (value: unknown): boolean =>
  typeof value === 'string' && readAddressRange(value) !== null;
