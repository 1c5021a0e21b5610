import type { Difference } from './difference.model.js';

const COLUMNS = {
  kind: ({ kind }) => kind,
  order_id: ({ orderId }) => orderId,
  action_id: ({ vendor }) => vendor?.actionId,
  partner_id: ({ vendor, ledger }) => vendor?.partnerId ?? ledger?.partnerId,
  event_date: ({ ledger, vendor }) => (ledger?.eventDate ?? vendor?.eventDate)?.toISOString(),
  ledger_state: ({ ledger }) => ledger?.state,
  ledger_amount: ({ ledger }) => ledger?.amount,
  ledger_currency: ({ ledger }) => ledger?.currency,
  vendor_state: ({ vendor }) => vendor?.state,
  vendor_amount: ({ vendor }) => vendor?.amount,
  vendor_currency: ({ vendor }) => vendor?.currency,
  vendor_event_date: ({ vendor }) => vendor?.eventDate?.toISOString(),
  locking_date: ({ vendor }) => vendor?.lockingDate?.toISOString(),
  words: ({ words }) => words,
  advice: ({ advice }) => advice,
  repair: ({ repair }) => repair,
  repaired: ({ repaired }) => String(repaired),
  repair_problem: ({ repairProblem }) => repairProblem,
} satisfies Record<string, (difference: Difference) => string | null | undefined>;

/** What spreadsheets take for the beginning of a formula. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
const NUMBER = /^-?\d+(\.\d+)?$/;

/** The first line, with its end. */
export const csvHead = (): string => lineOf(Object.keys(COLUMNS));

/** One difference as a line (RFC 4180), with its end. */
export const csvLine = (difference: Difference): string =>
  lineOf(Object.values(COLUMNS).map((read) => read(difference)));

const lineOf = (cells: readonly (string | null | undefined)[]): string =>
  `${cells.map(cellOf).join(',')}\r\n`;

/** Order ids and the vendor's words are somebody else's text: an apostrophe keeps them from being run. */
function cellOf(value: string | null | undefined): string {
  const text = value ?? '';
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
