/** Control characters, line and paragraph separators, and surrogates without their other half. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Whether a text holds a character that identifiers must not have and that a form body cannot carry. */
export function hasUnprintable(text: string): boolean {
  return UNPRINTABLE.test(text);
}

/** The text with every run of unprintable characters and white space as one space. */
export function toOneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\p{Z}]+/gu, ' ').trim();
}

/** Whether a text has more than `most` characters (code points). */
export function isLongerThan(text: string, most: number): boolean {
  return text.length > most && cutText(text, most) !== text;
}

/**
 * The first `most` characters of a text, never half of a surrogate pair. Characters are code points, or
 * UTF-16 units where a column or a peer may count those.
 */
export function cutText(text: string, most: number, count: 'code points' | 'units' = 'code points'): string {
  if (text.length <= most) return text;
  let end = 0;
  let counted = 0;
  for (const character of text) {
    counted += count === 'units' ? character.length : 1;
    if (counted > most) break;
    end += character.length;
  }
  return text.slice(0, end);
}
