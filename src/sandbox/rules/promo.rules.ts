import type { EventType, Partner, PromoCode } from '../sandbox.settings.js';

/**
 * The partner that a code credits without a click: it must be enabled on the event type and belong to exactly one
 * partner (docs/vendor-contract.md §3.2).
 */
export function ownerOf(
  code: string | undefined,
  eventType: EventType,
  eventDate: Date,
  partners: readonly Partner[],
): Partner | null {
  if (code === undefined || !eventType.promoCodes) return null;
  const owners = partners.filter((partner) =>
    partner.promoCodes.some((entry) => covers(entry, code, eventType.programId, eventDate)),
  );
  return owners.length === 1 ? (owners[0] ?? null) : null;
}

function covers(entry: PromoCode, code: string, programId: string, at: Date): boolean {
  if (entry.programId !== programId) return false;
  if (entry.startDate && at.getTime() < entry.startDate.getTime()) return false;
  if (entry.endDate && at.getTime() > entry.endDate.getTime()) return false;
  return entry.type === 'LI' ? entry.code === code : new RegExp(`^(?:${entry.code})$`).test(code);
}
