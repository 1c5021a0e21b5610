import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { explainReason, REASON_CODES, reasonInWords } from './reason-codes.rules.js';

const contract = readFileSync(join(process.cwd(), 'docs/vendor-contract.md'), 'utf8');
const section = contract.slice(contract.indexOf('### 4.3'), contract.indexOf('### 4.4'));
/** Whole words in capitals that stand alone in a cell, or in the list below the table. */
const published = [
  ...[...section.matchAll(/\|\s*([A-Z_]{4,})\s*(?=\|)/g)].map(([, code = '']) => code),
  ...[...section.matchAll(/\bCALL_[A-Z_]+/g)].map(([code]) => code),
].toSorted((a, b) => a.localeCompare(b));

describe('reason codes', () => {
  it('are explained, each that the vendor publishes and no other', () => {
    expect(published).toHaveLength(27);
    expect(Object.keys(REASON_CODES).toSorted((a, b) => a.localeCompare(b))).toEqual(published);
  });

  it.each(Object.keys(REASON_CODES))('%s says what it means and what to do, in sentences', (code) => {
    const { means, advice } = explainReason(code);
    expect(means).toMatch(/^[a-z].*[^.]$/);
    expect(advice).toMatch(/^[A-Z].*\.$/);
  });

  it('are put into words with their remedy', () => {
    expect(reasonInWords('NO_ITEM')).toBe(
      'NO_ITEM (the sale has no items. Fix the data: Send items, or ask for an event type without item detail.)',
    );
  });

  it('that nobody has published are the vendor’s to explain', () => {
    expect(explainReason('NEVER_SEEN')).toMatchObject({ remedy: 'ask-the-vendor' });
  });
});
