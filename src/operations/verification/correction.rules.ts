import type { ExplainedCorrection } from '../../ledger/index.js';
import { formatMoney, type ConversionChange, type SoldSale } from '../../wire/index.js';
import type { Finding } from './verification.types.js';

/** A change that every later look can see, and the same one whenever it is worked out; null when the sale is worth too little. */
export function testChange(sold: SoldSale, key: string): { change: ConversionChange; words: string } | null {
  const line = sold.lines.find(({ quantity, count }) => quantity > 1 && count === 1);
  if (line !== undefined) {
    const quantity = line.quantity - 1;
    return {
      // Changes of items are always sent as an update of the order (docs/vendor-contract.md §5.4).
      change: { key, items: [{ sku: line.sku, quantity }] },
      words: `${line.quantity} × ${line.sku} become ${quantity}`,
    };
  }
  if (sold.amount < 2n) return null;
  const amount = formatMoney(sold.amount / 2n, sold.currency);
  return {
    change: { key, amount, reason: 'TEST_ACTION' },
    words: `${formatMoney(sold.amount, sold.currency)} becomes ${amount} ${sold.currency}`,
  };
}

export const KEYS = {
  modification: (run: string): string => `verify:${run}:modification`,
  reversal: (run: string): string => `verify:${run}:reversal`,
} as const;

/** Whether nothing more happens to a correction. */
export const isSettled = ({ state }: Pick<ExplainedCorrection, 'state'>): boolean =>
  state === 'confirmed' || state === 'refused' || state === 'nothing-to-correct';

type Told = Pick<ExplainedCorrection, 'state' | 'problems' | 'reasonCodes' | 'submissionId'>;

/** What a correction came to. @param shown what the action shows now. */
export function judgeCorrection(
  step: 'modification' | 'reversal',
  words: string,
  { state, problems, reasonCodes, submissionId }: Told,
  shown: string,
): Finding {
  const by = submissionId === null ? '' : ` (submission ${submissionId})`;
  switch (state) {
    case 'confirmed':
      return { step, outcome: 'proved', expected: words, seen: `${shown}${by}`, fix: null };
    case 'nothing-to-correct':
      return {
        step,
        outcome: 'failed',
        expected: words,
        seen: 'nothing to correct: there is no live action',
        fix: 'Look at the action in the account: somebody else has reversed it.',
      };
    case 'refused':
      return {
        step,
        outcome: 'failed',
        expected: words,
        seen: [...reasonCodes, ...problems].join('; ') || 'refused without a reason',
        fix: 'Do what the reason asks for; then reverse the test action in the account by hand.',
      };
    default:
      return {
        step,
        outcome: 'failed',
        expected: words,
        seen: `it is still ${state}${by}`,
        fix: 'Make sure that the app runs (or give --drive) and that the token may change actions; then nestjs-impact verify --resume.',
      };
  }
}
