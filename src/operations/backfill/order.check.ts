import type { ResolvedImpactOptions } from '../../config/index.js';
import { attributionKeys, prepareSale, type Problem, type SalePreparation } from '../../wire/index.js';
import { ageFindings } from './age.rules.js';
import type { BackfillFinding } from './backfill.types.js';
import type { ReadOrder } from './order.reader.js';

type Usable = Extract<SalePreparation, { ok: true }>;

/** An order that was looked at. `sale` is null when it is kept out. */
export interface CheckedOrder {
  readonly line: number;
  readonly next: number;
  readonly sale: Usable | null;
  readonly findings: BackfillFinding[];
}

/** Everything about an order that can be told without the database. */
export function checkOrder(
  order: ReadOrder,
  { recording }: Pick<ResolvedImpactOptions, 'recording'>,
  { now, allowOld }: { readonly now: Date; readonly allowOld: boolean },
): CheckedOrder {
  const prepared = prepareSale(order.input, recording, { now });
  const placed = (path: string) => order.place(path);
  const known = new Set(order.findings.map(({ field }) => field));
  const findings: BackfillFinding[] = [...order.findings];
  if (!prepared.ok) {
    // What reading has said already needs no second sentence.
    const problems = prepared.problems.filter(({ field }) => !known.has(placed(field).field));
    findings.push(...problems.map((problem) => problemAt(problem, placed(problem.field))));
  }
  for (const { field, rule, message } of prepared.warnings) {
    const at = placed(field);
    findings.push({ ...at, level: 'warning', rule, message: renamed(message, field, at.field), fix: null });
  }
  if (!prepared.ok) return { line: order.line, next: order.next, sale: null, findings };
  const keys = attributionKeys(prepared.sale);
  const eventAt = new Date(prepared.sale.eventDate);
  const age = ageFindings({ eventAt, now, allowOld, hasPartner: keys.includes('MediaPartnerId') });
  findings.push(...age.map((said) => ({ ...said, line: order.line })));
  if (keys.length === 0) {
    const fix = 'Add clickId, customerId or promoCode where you have one.';
    const message = `clickId: neither a click nor another attribution key is given. It is sent only if a click was linked to it. ${fix}`;
    findings.push({ line: order.line, level: 'warning', field: 'clickId', rule: 'no-key', message, fix });
  }
  const isOut = findings.some(({ level }) => level === 'error');
  return { line: order.line, next: order.next, sale: isOut ? null : prepared, findings };
}

const problemAt = (
  { field, rule, fix, message }: Problem,
  at: { field: string; line: number },
): BackfillFinding => ({ ...at, level: 'error', rule, fix, message: renamed(message, field, at.field) });

/** A message begins with its field, which has another name in a file. */
const renamed = (message: string, path: string, field: string): string =>
  message.startsWith(`${path}: `) ? `${field}: ${message.slice(path.length + 2)}` : message;
