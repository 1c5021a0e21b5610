import type { ClickIdFate, Finding, Hop, HopLine } from './verification.types.js';

/** What the names of the options mean here: query parameters that may carry the click id, first match wins. */
export type ClickParameters = readonly string[];

/** What a chain of redirects says about the click id. */
export interface ChainReading {
  /** As it stood in the first address that had one, decoded once; null when none had. */
  readonly clickId: string | null;
  readonly parameter: string | null;
  /** Index of the first hop whose own address has it: the first page of the shop. */
  readonly firstHop: number | null;
  /** What became of it at the last hop; null when there is none. */
  readonly fate: ClickIdFate | null;
  /** Index of the first hop whose address does not have it as it was; null when there is none. */
  readonly brokenAt: number | null;
  readonly lines: readonly HopLine[];
  readonly partnerId: string | null;
}

const CLICK_ID = /^[A-Za-z0-9:_~.-]{1,64}$/;

type Pairs = ReadonlyMap<string, string>;

/** Names and raw values of a query: the first of each name, not decoded. */
export function queryOf(url: string): Pairs {
  const query = url.indexOf('?');
  if (query < 0) return new Map();
  const hash = url.indexOf('#', query);
  const pairs = new Map<string, string>();
  for (const part of url.slice(query + 1, hash < 0 ? undefined : hash).split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    if (!pairs.has(name)) pairs.set(name, equals < 0 ? '' : part.slice(equals + 1));
  }
  return pairs;
}

/** Decoded exactly once (docs/vendor-contract.md §8.2); null when that makes no click id. */
export function decodedOnce(raw: string): string | null {
  const text = unescaped(raw);
  return text !== null && CLICK_ID.test(text) ? text : null;
}

function unescaped(raw: string): string | null {
  try {
    return decodeURIComponent(raw);
  } catch {
    return null;
  }
}

/** Compares a raw value with the click id that it should be. */
export function fateOf(clickId: string, raw: string | undefined): ClickIdFate {
  if (raw === undefined || raw === '') return 'lost';
  const once = unescaped(raw);
  if (once === clickId) return 'same';
  if (once === null) return 'altered';
  if (unescaped(once) === clickId) return 'encoded-twice';
  if (once === clickId.toLowerCase()) return 'lower-cased';
  if (once === clickId.toUpperCase()) return 'upper-cased';
  return clickId.startsWith(once) ? 'cut' : 'altered';
}

/** Reads the chain that a tracking link leads along. */
export function readChain(hops: readonly Hop[], parameters: ClickParameters): ChainReading {
  const queries = hops.map(({ url }) => queryOf(url));
  const first = firstClick(queries, parameters);
  const lines = hops.map((hop, index): HopLine => {
    const before = index === 0 ? new Map<string, string>() : queries[index - 1]!;
    const here = queries[index]!;
    return {
      status: hop.status,
      at: placeOf(hop.url),
      kept: [...here.keys()].filter((name) => before.has(name)),
      added: [...here.keys()].filter((name) => !before.has(name)),
      // What a tracking link is asked with is its own: it is not lost when the shop does not get it.
      lost: first === null || index <= first.hop ? [] : [...before.keys()].filter((name) => !here.has(name)),
      clickId:
        first === null || index < first.hop ? 'none-yet' : fateOf(first.id, valueAt(here, first, parameters)),
    };
  });
  const fates = lines.map(({ clickId }) => clickId);
  const broken = fates.findIndex((fate) => fate !== 'none-yet' && fate !== 'same');
  const last = fates.at(-1);
  return {
    clickId: first?.id ?? null,
    parameter: first?.parameter ?? null,
    firstHop: first?.hop ?? null,
    fate: last === undefined || last === 'none-yet' ? null : last,
    brokenAt: broken < 0 ? null : broken,
    lines,
    partnerId: partnerOf(hops[0]?.url ?? '', queries),
  };
}

interface FirstClick {
  readonly id: string;
  readonly parameter: string;
  readonly hop: number;
}

function firstClick(queries: readonly Pairs[], parameters: ClickParameters): FirstClick | null {
  for (const [hop, query] of queries.entries()) {
    for (const parameter of parameters) {
      const id = decodedOnce(query.get(parameter) ?? '');
      if (id === null || (parameter === 'clickid' && !query.has('irgwc'))) continue;
      return { id, parameter, hop };
    }
  }
  return null;
}

/** The shop may rename the parameter among those that it accepts. */
function valueAt(query: Pairs, { parameter }: FirstClick, parameters: ClickParameters): string | undefined {
  const other = parameters.find((name) => query.has(name));
  return query.get(parameter) ?? (other === undefined ? undefined : query.get(other));
}

/** `/c/<partner>/<ad>/<program>` (docs/vendor-contract.md §10.1), else what the redirect added. */
function partnerOf(link: string, queries: readonly Pairs[]): string | null {
  const path = URL.canParse(link) ? new URL(link).pathname : '';
  const inPath = /^\/c\/(\d{1,15})\/\d+\/\d+/.exec(path)?.[1];
  const added = queries.map((query) => query.get('irpid') ?? '').find((value) => /^\d{1,15}$/.test(value));
  return inPath ?? added ?? null;
}

/** Host and path: what follows may hold a person's data. */
export function placeOf(url: string): string {
  if (!URL.canParse(url)) return 'an address that cannot be read';
  const { host, pathname } = new URL(url);
  return host + (pathname.length > 80 ? `${pathname.slice(0, 79)}…` : pathname);
}

/** Did the link lead to a page? */
export function judgeLink(hops: readonly Hop[], failure: string | null): Finding {
  const step = 'tracking-link';
  const expected = 'the link leads to a page that answers 2xx';
  const last = hops.at(-1);
  if (failure !== null || last === undefined) {
    const after = last === undefined ? '' : ` after ${placeOf(last.url)}`;
    return {
      step,
      outcome: 'failed',
      expected,
      seen: `${failure ?? 'no answer'}${after}`,
      fix: 'Open the link in a browser; correct the host, its certificate or the redirect that fails.',
    };
  }
  const seen = `${hops.length} ${hops.length === 1 ? 'answer' : 'answers'}, at the end ${last.status} from ${placeOf(last.url)}`;
  return last.status >= 200 && last.status < 300
    ? { step, outcome: 'proved', expected, seen, fix: null }
    : {
        step,
        outcome: 'failed',
        expected,
        seen,
        fix: 'Make the landing page answer for visitors without a session and without JavaScript, or give a --link to another page.',
      };
}

const FATES: Readonly<Record<Exclude<ClickIdFate, 'same'>, string>> = {
  lost: 'it is gone',
  'lower-cased': 'it is in lower case',
  'upper-cased': 'it is in upper case',
  cut: 'its end is cut off',
  'encoded-twice': 'it is encoded twice',
  altered: 'it is another value',
};

const FIXES: Readonly<Record<Exclude<ClickIdFate, 'same'>, string>> = {
  lost: 'Make that redirect keep the query string (in nginx: $is_args$args; on a CDN: forward all query strings).',
  'lower-cased':
    'Stop the rule that lower-cases addresses there: click ids are case-sensitive; lower-case the path alone.',
  'upper-cased': 'Stop the rule that changes the case of addresses there: click ids are case-sensitive.',
  cut: 'Raise the limit on the length of the query there: click ids have up to 64 characters.',
  'encoded-twice': 'Pass the query on as it came there: it is decoded, or encoded, once too often.',
  altered: 'Pass the query on as it came there.',
};

/**
 * Did the click id arrive as the tracking link made it?
 *
 * @param captured the shop took it before it was lost: its back end may read the id and redirect to a clean
 * address (docs/vendor-contract.md §9.4).
 */
export function judgeClickId(reading: ChainReading, captured: boolean): Finding {
  const step = 'click-id';
  const { clickId, parameter, brokenAt, firstHop, lines } = reading;
  if (clickId === null || firstHop === null) {
    return {
      step,
      outcome: 'failed',
      expected: 'the tracking link adds a click id to the landing address',
      seen: 'no address of the chain has one',
      fix: 'Check the program’s tracking template (it must carry the click id, e.g. im_ref={clickid}), and that the name is in capture.parameters.',
    };
  }
  const expected = `${parameter}=${clickId} arrives unchanged: same case, ${clickId.length} characters, decoded once`;
  if (brokenAt === null) {
    return { step, outcome: 'proved', expected, seen: `it arrived at ${lines.at(-1)!.at}`, fix: null };
  }
  const fate = lines[brokenAt]!.clickId as Exclude<ClickIdFate, 'same'>;
  const where = `between ${lines[brokenAt - 1]!.at} and ${lines[brokenAt]!.at}`;
  if (captured) {
    const seen = `${FATES[fate]} ${where}, after the shop had captured it`;
    return { step, outcome: 'proved', expected, seen, fix: null };
  }
  return { step, outcome: 'failed', expected, seen: `${FATES[fate]} ${where}`, fix: FIXES[fate] };
}
