import { InvalidArgumentError, Option } from 'commander';

/** Longest text that is kept of a reason. */
const LONGEST = 500;

/** A whole number in a range. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

function said(text: string): string {
  const words = text.trim();
  if (words === '' || words.length > LONGEST) {
    throw new InvalidArgumentError(`Give 1 to ${LONGEST} letters; it is kept in the story of the sale.`);
  }
  return words;
}

/** Who acts by hand. */
export const byOption = (): Option =>
  new Option('--by <who>', 'who does it; kept in the story').argParser(said).makeOptionMandatory();

/** Why somebody acts by hand. */
export const whyOption = (): Option =>
  new Option('--why <reason>', 'why; kept in the story').argParser(said).makeOptionMandatory();

/** A day of the account, or a moment with its time zone. */
export function dayOrMoment(text: string): string | Date {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))) return text;
  const isMoment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  if (isMoment && !Number.isNaN(Date.parse(text))) return new Date(text);
  throw new InvalidArgumentError('Give a day such as 2026-10-01, or a moment such as 2026-10-01T00:00:00Z.');
}

export function webAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError('Give an address such as https://www.example.com.');
  }
  return url;
}
