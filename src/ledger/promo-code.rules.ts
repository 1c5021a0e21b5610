import { readPattern } from './promo-code.patterns.js';

/** A code of the account that belongs to a partner (docs/vendor-contract.md §10.3). Plain JSON. */
export interface PartnerCode {
  readonly code: string;
  readonly partnerId: string;
  /** The code is a pattern for whole codes. */
  readonly pattern?: true;
  /** Epoch milliseconds; absent: from or for ever. */
  readonly startsAt?: number;
  readonly endsAt?: number;
}

/** The account's codes, ready to be asked. */
export interface PromoCodeDirectory {
  /** The partners that a code belongs to at a moment. */
  ownersOf(code: string, at: number): ReadonlySet<string>;
  /** Codes of the account that cannot be read: patterns that may run without end. */
  readonly unread: number;
}

/** Which of a sale's codes is sent, and why. Stored with the sale; JSON. */
export interface PromoCodeChoice {
  /** The one that is sent. */
  readonly sent: string;
  /** The partner that it belongs to; null when it belongs to none, or to several, or nobody knows. */
  readonly partnerId: string | null;
  /** Codes that are not sent. */
  readonly others: readonly string[];
  /**
   * - `owned`: the first of the sale's codes that belongs to exactly one partner
   * - `nobody's`: none of them does, so the first goes out for the reports
   * - `unknown`: the account's codes are not known (yet), so the first goes out
   */
  readonly why: 'owned' | "nobody's" | 'unknown';
}

/** Patterns are tried one after the other. */
const MOST_PATTERNS = 200;

export function promoCodeDirectory(codes: readonly PartnerCode[]): PromoCodeDirectory {
  const exact = new Map<string, PartnerCode[]>();
  const folded = new Map<string, PartnerCode[]>();
  const patterns: { readonly matches: (code: string) => boolean; readonly entry: PartnerCode }[] = [];
  let unread = 0;
  for (const entry of codes) {
    if (entry.pattern === true) {
      const matches = patterns.length < MOST_PATTERNS ? readPattern(entry.code) : null;
      if (matches === null) unread += 1;
      else patterns.push({ matches, entry });
    } else {
      add(exact, entry.code, entry);
      add(folded, entry.code.toLowerCase(), entry);
    }
  }
  return {
    unread,
    ownersOf: (code, at) => {
      const literally = [
        ...(exact.get(code) ?? []),
        ...patterns.filter(({ matches }) => matches(code)).map(({ entry }) => entry),
      ];
      const owners = ownersOf(literally, at);
      // How the vendor compares letters is not published: as written first, then whatever their case.
      return owners.size > 0 ? owners : ownersOf(folded.get(code.toLowerCase()) ?? [], at);
    },
  };
}

/**
 * The code that is sent: the first of the sale's that belongs to exactly one partner when the sale was made,
 * because only such a code earns anybody a sale (docs/vendor-contract.md §3.2); else the first.
 *
 * @param directory `null` while the account's codes are not known.
 * @returns `null` for a sale without codes.
 */
export function choosePromoCode(
  codes: readonly string[],
  directory: PromoCodeDirectory | null,
  at: number,
): PromoCodeChoice | null {
  const [first] = codes;
  if (first === undefined) return null;
  const owned =
    directory === null
      ? undefined
      : codes
          .map((code) => ({ code, owners: [...directory.ownersOf(code, at)] }))
          .find(({ owners }) => owners.length === 1);
  const sent = owned?.code ?? first;
  return {
    sent,
    partnerId: owned?.owners[0] ?? null,
    others: codes.filter((code) => code !== sent),
    why: directory === null ? 'unknown' : owned === undefined ? "nobody's" : 'owned',
  };
}

function add(to: Map<string, PartnerCode[]>, key: string, entry: PartnerCode): void {
  const known = to.get(key);
  if (known === undefined) to.set(key, [entry]);
  else known.push(entry);
}

const ownersOf = (entries: readonly PartnerCode[], at: number): Set<string> =>
  new Set(
    entries
      .filter(({ startsAt, endsAt }) => at >= (startsAt ?? -Infinity) && at <= (endsAt ?? Infinity))
      .map(({ partnerId }) => partnerId),
  );
