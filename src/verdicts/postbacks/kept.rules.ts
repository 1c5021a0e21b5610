import { isIP } from 'node:net';
import { told } from './macro.rules.js';

/** Most macros of one notification that are kept besides those that mean something here. */
const MOST_KEPT = 20;

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,39}$/;

/** Names behind which a person may stand. */
const OF_A_PERSON =
  /mail|phone|caller|customer|user|agent|addr|^ip|ip$|name|city|region|country|post|zip|birth|gender|device|profile|click|sub_?id|shared|secret|token|note/i;

/** Names of the vendor's own things: no person's. */
const OF_A_THING = /^(campaign|program|actiontracker|eventtype|mediapartner|ad)name$/i;

/** What a word, a number, a date or an id of the vendor's looks like. */
const SHAPES: readonly RegExp[] = [
  /^-?\d{1,20}(\.\d{1,10})?$/,
  /^[A-Za-z][A-Za-z_]{0,39}$/,
  /^\d{4}-\d{2}-\d{2}([T ][0-9:.]{5,18}([Zz]|[ +-]?\d{2}:?\d{2})?)?$/,
  /^[A-Za-z0-9]([A-Za-z0-9._:-]{0,62}[A-Za-z0-9])?$/,
];
/** A name may have more than one word. */
const TITLE = /^[\p{L}\p{N} .,&'()_-]{1,64}$/u;

/**
 * The macros that this package has no use for, as a line of the story keeps them.
 *
 * Kept is what has the shape of a word, a number, a date or an id, under a name behind which no person
 * stands; addresses and everything else goes. The order is that of the names, so that the same notification
 * always gives the same data.
 */
export function keptMacros(unknown: ReadonlyMap<string, unknown>): Record<string, string> {
  const kept = [...unknown].flatMap(([name, value]): [string, string][] => {
    const text = told(value);
    return text !== null && mayKeep(name, text) ? [[name, text]] : [];
  });
  return Object.fromEntries(kept.toSorted(([a], [b]) => (a < b ? -1 : 1)).slice(0, MOST_KEPT));
}

function mayKeep(name: string, text: string): boolean {
  if (!NAME.test(name) || isIP(text) !== 0) return false;
  if (OF_A_THING.test(name)) return TITLE.test(text);
  return !OF_A_PERSON.test(name) && SHAPES.some((shape) => shape.test(text));
}
