import { isList, lengthOf, propertyOf } from './input.access.js';
import { describeValue, type Findings } from './sale.findings.js';
import { readPseudonym } from './text.readers.js';

/** More codes than this are no codes that a customer has typed. */
const MOST_CODES = 100;

/** The codes that the customer entered, in the caller's order, each once; empty ones are left out. */
export function readPromoCodes(value: unknown, path: string, most: number, findings: Findings): string[] {
  if (value === undefined) return [];
  if (!isList(value)) {
    findings.refuse(
      path,
      'wrong-type',
      `must be a list; got ${describeValue(value)}`,
      'Give an array of strings.',
    );
    return [];
  }
  const count = lengthOf(value);
  if (count > MOST_CODES) {
    findings.refuse(path, 'too-many', `has ${count} entries`, "Give the partner's code only.");
    return [];
  }
  const codes = Array.from({ length: count }, (_, index) => {
    const entry = propertyOf(value, index);
    const code = entry === undefined ? null : readPseudonym(entry, `${path}[${index}]`, most, findings);
    // A list in one text: none of its codes would be found.
    if (code?.includes(',')) {
      findings.refuse(
        `${path}[${index}]`,
        'bad-shape',
        'holds a comma',
        'Give each code as an entry of its own.',
      );
    }
    return code;
  }).filter((code) => code !== null);
  return [...new Set(codes)];
}
