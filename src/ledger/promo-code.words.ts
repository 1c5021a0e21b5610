import type { PromoCodeChoice } from './promo-code.rules.js';

/** What is worth saying of a sale's codes when it is recorded; nothing for one code without a click. */
export function promoCodeNotes(choice: PromoCodeChoice | null, clickId: string | null): string[] {
  if (choice === null) return [];
  const { sent, partnerId, others, why } = choice;
  const left =
    others.length === 0 ? [] : [`promoCodes: ${sent} is sent, ${WHY[why]}; not sent: ${others.join(', ')}.`];
  if (clickId === null || partnerId === null) return left;
  const both =
    `It carries a click and ${sent}, a code of partner ${partnerId}: ` +
    `if the click is another partner's, the program's settings decide who is credited.`;
  return [...left, both];
}

const WHY: Record<PromoCodeChoice['why'], string> = {
  owned: 'the first that belongs to one partner',
  "nobody's": 'the first, because none belongs to exactly one partner',
  unknown: "the first, because the account's codes are not known yet",
};

/**
 * That somebody else was credited than the partner whose code the sale carried; `null` when nobody was, or
 * the right one, or the sale carried no partner's code.
 *
 * @param attribution what was stored with the sale, as `ConversionRow.attribution`.
 * @param credited the action's partner.
 */
export function creditedInsteadOfCode(attribution: unknown, credited: string | null): string | null {
  const choice = promoCodeOf(attribution);
  if (choice === null || choice.partnerId === null || credited === null) return null;
  if (choice.partnerId === credited) return null;
  const click = (attribution as { clickId?: unknown }).clickId;
  const why =
    typeof click === 'string'
      ? `The sale carried a click as well, and by the program's settings something else counted more than the code.`
      : `The sale carried no click, so impact.com knew the customer from elsewhere, or the code is not enabled for the event type.`;
  return `Partner ${credited} is credited, although the code ${choice.sent} belongs to partner ${choice.partnerId}. ${why}`;
}

/** The choice that was stored with a sale. */
export function promoCodeOf(attribution: unknown): PromoCodeChoice | null {
  const stored = (attribution as { promoCode?: PromoCodeChoice | null } | null)?.promoCode;
  return stored ?? null;
}
