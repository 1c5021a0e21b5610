/** Shorter ones stand in every text by chance. */
const SHORTEST = 3;
const INSTEAD = '[erased]';

/** Names under which ids, amounts and the module's own words stand: they are facts of the sale. */
const FACTS: ReadonlySet<string> = new Set([
  'actionId',
  'actionIds',
  'amount',
  'attributedBy',
  'call',
  'clickId',
  'correction',
  'currency',
  'form',
  'key',
  'kind',
  'outcome',
  'partnerId',
  'payout',
  'reasonCodes',
  'shown',
  'state',
  'submission',
  'submissionId',
  'wanted',
]);

/** Takes the values of a person out of any text. */
export type Scrubber = (value: unknown) => unknown;

/**
 * Takes the values of a person out of what was stored as JSON, wherever a text holds one as a word of its own.
 *
 * Nothing of a person should stand there: what impact.com answers is stored without what it was sent. This is
 * for what people have typed, and for the day when something slips through.
 */
export function scrubber(values: readonly string[]): Scrubber {
  const sought = [...new Set(values)].filter((value) => value.length >= SHORTEST);
  if (sought.length === 0) return (value) => value;
  // The longest first: one value may begin with another.
  const words = sought.toSorted((a, b) => b.length - a.length).map((value) => escaped(value));
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.join('|')})(?![\\p{L}\\p{N}])`, 'giu');
  const scrub = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replace(pattern, INSTEAD);
    if (Array.isArray(value)) return value.map(scrub);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, part]) => [name, FACTS.has(name) ? part : scrub(part)]),
    );
  };
  return scrub;
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
