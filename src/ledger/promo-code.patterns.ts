/** Patterns come from the account's settings, and one of them must never hold up a sale. */
const LONGEST_PATTERN = 128;
/** Codes that a customer types are short; longer ones are compared as text only. */
const LONGEST_MATCHED = 64;
/** Quantifiers that leave open how much they take: with two of them a match costs at most 64² steps. */
const MOST_OPEN = 2;
/** Ways through the pattern's alternatives. */
const MOST_WAYS = 64;

const CHARACTER =
  /^(?:\\[dwDW.\-_+*?()[\]{}|^$/]|\[\^?(?:\\[dw\-\]\\]|[A-Za-z0-9_. -])+\]|[A-Za-z0-9_ .%&#@!=:;~-])/;
const QUANTIFIER = /^(?:[?*+]|\{\d{1,2}(?:,\d{0,2})?\})/;

/**
 * A pattern that takes a whole code; `null` for one that is not read.
 *
 * Read are letters, digits, the usual signs, `.`, `\d`, `\w`, sets in brackets, quantifiers behind one of
 * these, and groups with alternatives. A group with a quantifier, a look-around and a back-reference are
 * not: whether they ever end depends on the text, and no promo code needs them.
 */
export function readPattern(source: string): ((code: string) => boolean) | null {
  if (source.length > LONGEST_PATTERN) return null;
  // Anchors say what is the case anyway.
  const body = source.replace(/^\^/, '').replace(/(?<!\\)\$$/, '');
  if (body === '' || !isHarmless(body)) return null;
  const whole = new RegExp(`^(?:${body})$`);
  return (code) => code.length <= LONGEST_MATCHED && whole.test(code);
}

function isHarmless(pattern: string): boolean {
  let rest = pattern;
  let open = 0;
  let depth = 0;
  let ways = 1;
  const alternatives: number[] = [1];
  while (rest !== '') {
    if (rest.startsWith('|')) {
      alternatives[depth] = (alternatives[depth] ?? 1) + 1;
      rest = rest.slice(1);
      continue;
    }
    const group = /^\((?:\?:)?/.exec(rest);
    if (group !== null) {
      depth += 1;
      alternatives[depth] = 1;
      rest = rest.slice(group[0].length);
      // A quantifier with nothing before it.
      if (QUANTIFIER.test(rest)) return false;
      continue;
    }
    if (rest.startsWith(')')) {
      if (depth === 0) return false;
      ways *= alternatives[depth] ?? 1;
      depth -= 1;
      rest = rest.slice(1);
      if (QUANTIFIER.test(rest)) return false;
      continue;
    }
    const character = CHARACTER.exec(rest);
    if (character === null) return false;
    rest = rest.slice(character[0].length);
    const quantifier = QUANTIFIER.exec(rest);
    if (quantifier === null) continue;
    if (!/^\{\d+\}$/.test(quantifier[0])) open += 1;
    rest = rest.slice(quantifier[0].length);
    // Lazy, possessive or doubled.
    if (QUANTIFIER.test(rest)) return false;
  }
  ways *= alternatives[0] ?? 1;
  return depth === 0 && open <= MOST_OPEN && ways <= MOST_WAYS;
}
