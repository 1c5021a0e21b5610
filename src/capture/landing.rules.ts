import { decodeClickId } from '../clicks/index.js';

/** What a landing URL says. */
export interface Landing {
  readonly clickId: string;
  /** The query parameter that carried it. */
  readonly parameter: string;
  /** What else the partner's link said, empty values left out. */
  readonly partnerParameters: Readonly<Record<string, string>>;
  /** Path without query and fragment. */
  readonly landingPath: string;
  /** When another domain of the shop had captured it, in epoch milliseconds; see {@link carryClick}. Unverified. */
  readonly carriedAt: number | null;
}

/** Why a value of a click parameter was not taken. */
export type ValueFlaw = 'empty' | 'malformed' | 'clickid-without-irgwc';

export interface LandingReading {
  readonly landing: Landing | null;
  /** One per value that was looked at and not taken. */
  readonly flaws: readonly ValueFlaw[];
}

/** `null`: no click parameter at all, which is what nearly every request says. */
export type LandingParser = (url: string) => LandingReading | null;

/** Parameter that tells when the click was captured on the domain that the visitor comes from. */
export const CARRIED_AT = 'im_ref_at';

/** Parameters that the redirect adds (docs/vendor-contract.md §8.1). */
const PARTNER_PARAMETERS = new Set([
  'afsrc',
  'im_pid',
  'im_pname',
  'impradid',
  'impradname',
  'iradid',
  'iradname',
  'iradtype',
  'ircid',
  'irgwc',
  'irmpname',
  'irmptype',
  'irpid',
  'sharedid',
]);
const PARTNER_PATTERN = /^(?:utm_[a-z_]{1,24}|mp_value[1-9]|subId[1-3]|param[1-4])$/;

/** Newsletter tools put the reader's address into links; it is nothing that we keep. */
const holdsAddress = (text: string): boolean =>
  /[^\s@]@[^\s@]+\.[^\s@]/.test(text.replaceAll(/%(?:25)*40/gi, '@'));

const LONGEST_URL = 16_384;
const MOST_PAIRS = 256;
const MOST_PARTNER_PARAMETERS = 32;
/** The vendor's own limit for SharedId and Param values (docs/vendor-contract.md §10.1). */
const LONGEST_PARTNER_VALUE = 255;
const LONGEST_PATH = 512;
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/**
 * A parser for the configured parameter names. It never throws, whatever the string.
 *
 * A URL without any of the names costs one scan for `?` and, when it has a query, one per name.
 */
export function landingParser(parameters: readonly string[]): LandingParser {
  const mayHold = clickScan(parameters);
  return (url) => (mayHold(url) ? readLanding(shortened(url), url.indexOf('?'), parameters) : null);
}

/** Whether a URL may hold one of the parameters: a scan, which is all that nearly every request costs. */
export function clickScan(parameters: readonly string[]): (url: string) => boolean {
  const marks = parameters.map((parameter) => `${parameter}=`);
  return (url) => {
    const query = url.indexOf('?');
    return query !== -1 && marks.some((mark) => url.includes(mark, query + 1));
  };
}

/** Whole pairs only: an id that was cut would pass for another one. */
function shortened(url: string): string {
  if (url.length <= LONGEST_URL) return url;
  return url.slice(0, Math.max(url.indexOf('?'), url.lastIndexOf('&', LONGEST_URL)));
}

function readLanding(url: string, query: number, parameters: readonly string[]): LandingReading | null {
  const pairs = pairsOf(url, query);
  const flaws: ValueFlaw[] = [];
  let present = false;
  for (const parameter of parameters) {
    for (const [name, raw] of pairs) {
      if (name !== parameter) continue;
      present = true;
      const clickId = decodeClickId(raw);
      if (clickId === null) flaws.push(raw === '' ? 'empty' : 'malformed');
      // Other networks call theirs "clickid" as well; irgwc is on every link of impact.com.
      else if (parameter === 'clickid' && !pairs.some(([other]) => other === 'irgwc')) {
        flaws.push('clickid-without-irgwc');
      } else {
        const landing: Landing = {
          clickId,
          parameter,
          partnerParameters: partnerParameters(pairs),
          landingPath: landingPath(url.slice(0, query)),
          carriedAt: carriedAt(pairs),
        };
        return { landing, flaws };
      }
    }
  }
  return present ? { landing: null, flaws } : null;
}

type Pair = readonly [name: string, raw: string];

function pairsOf(url: string, query: number): Pair[] {
  const hash = url.indexOf('#', query);
  const parts = url.slice(query + 1, hash === -1 ? undefined : hash).split('&', MOST_PAIRS);
  return parts.map((part): Pair => {
    const equals = part.indexOf('=');
    return equals === -1 ? [part, ''] : [part.slice(0, equals), part.slice(equals + 1)];
  });
}

function partnerParameters(pairs: readonly Pair[]): Record<string, string> {
  const kept: Record<string, string> = {};
  let count = 0;
  for (const [name, raw] of pairs) {
    if (raw === '' || Object.hasOwn(kept, name)) continue;
    if (!PARTNER_PARAMETERS.has(name) && !PARTNER_PATTERN.test(name)) continue;
    const value = partnerValue(raw);
    if (value === null) continue;
    kept[name] = value;
    if (++count === MOST_PARTNER_PARAMETERS) break;
  }
  return kept;
}

function partnerValue(raw: string): string | null {
  try {
    const spaced = raw.replaceAll('+', ' ');
    const value = spaced.includes('%') ? decodeURIComponent(spaced) : spaced;
    if (value.trim() === '' || CONTROL.test(value) || holdsAddress(value)) return null;
    return cut(value.trim(), LONGEST_PARTNER_VALUE);
  } catch {
    return null;
  }
}

/** A browser endpoint is given whole URLs, a server only paths. */
function landingPath(beforeQuery: string): string {
  const path = beforeQuery.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '').split('#', 1)[0]!;
  const unusable = !path.startsWith('/') || CONTROL.test(path) || holdsAddress(path);
  return unusable ? '/' : cut(path, LONGEST_PATH);
}

/** Never inside a surrogate pair: half a character is no text to some databases. */
function cut(value: string, longest: number): string {
  return value.slice(0, longest).replace(/[\ud800-\udbff]$/, '');
}

function carriedAt(pairs: readonly Pair[]): number | null {
  const raw = pairs.find(([name]) => name === CARRIED_AT)?.[1];
  return raw !== undefined && /^[0-9a-z]{1,9}$/.test(raw) ? Number.parseInt(raw, 36) : null;
}
