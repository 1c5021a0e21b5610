import { explainReason } from '../../ledger/index.js';
import type { Difference, Finding, LedgerSide, VendorSide } from './difference.model.js';

interface Said {
  readonly words: string;
  readonly advice: string;
}

const money = (amount: string | null, currency: string | null): string =>
  amount === null ? 'no amount' : `${amount} ${currency ?? ''}`.trim();
const ofLedger = ({ amount, currency }: LedgerSide): string => money(amount, currency);
const ofVendor = ({ amount, currency }: VendorSide): string => money(amount, currency);
const day = (date: Date | null): string => date?.toISOString().replace('T', ' ').slice(0, 16) ?? 'no date';

type Sayings = { [Kind in Finding['kind']]: (finding: Extract<Finding, { kind: Kind }>) => Said };

const SAY: Sayings = {
  'missing-at-vendor': ({ ledger, repair }) => ({
    words: `impact.com has no action for it; the ledger says ${ledger.state}, ${ofLedger(ledger)}.`,
    advice: adviceOnMissing(ledger, repair),
  }),
  'unknown-to-ledger': ({ vendor }) => ({
    words: `impact.com has action ${vendor.actionId} for it, ${ofVendor(vendor)}, and the ledger has never heard of it.`,
    advice:
      'Look the order up in the shop. If another integration reported it (a browser tag, a file), switch that off; ' +
      'if the shop has no such order, reverse the action in impact.com before it locks.',
  }),
  amount: ({ ledger, vendor, expected, repair }) => ({
    words:
      vendor.currency === ledger.currency
        ? `The action is worth ${ofVendor(vendor)}; the ledger expects ${expected} ${ledger.currency}.`
        : `The action is worth ${ofVendor(vendor)} for ${ofLedger(ledger)}; expected was about ${expected}.`,
    advice:
      repair === 'correct-amount'
        ? 'Repair it, or call modify() with the amount that is right.'
        : vendor.currency === ledger.currency
          ? 'It is locked: ask the partner manager to settle the difference.'
          : 'Compare the order with the action in impact.com. An amount in another currency is never corrected from here.',
  }),
  currency: ({ ledger, vendor }) => ({
    words: `The sale is in ${ledger.currency}; impact.com understood ${vendor.originalCurrency ?? vendor.currency}.`,
    advice:
      'Check the currency of the event type and of the account in impact.com, and reverse the action if it is wrong.',
  }),
  partner: ({ ledger, vendor }) => ({
    words: `impact.com credits partner ${vendor.partnerId}; the ledger has ${ledger.partnerId}.`,
    advice: 'impact.com decides who is credited. Reading it again puts the ledger right.',
  }),
  state: ({ ledger, vendor, repair }) => ({
    words: `The action is ${vendor.state}; the ledger says ${ledger.state}.`,
    advice:
      repair === 'read-again'
        ? 'Reading it again puts the ledger right. If many differ, check that the verdict loop runs.'
        : ledger.state === 'SKIPPED' || ledger.state === 'CANCELLED'
          ? 'This app never sent it: find out which other integration reports orders, and switch that off.'
          : 'Look at the action in impact.com: the ledger cannot follow this change by itself.',
  }),
  date: ({ ledger, vendor }) => ({
    words: `The action is dated ${day(vendor.eventDate)} UTC; the sale was at ${day(ledger.eventDate)} UTC.`,
    advice:
      'impact.com dates a sale that arrives long after the fact by its arrival. Nothing can change it; it counts, and locks, by that date.',
  }),
  duplicate: ({ vendor, others }) => ({
    words: `${others.length + 1} actions of it earn money: ${[vendor, ...others].map((one) => one.actionId).join(', ')}.`,
    advice: 'Reverse all but one in impact.com before they lock, and find out what reported the order twice.',
  }),
  claim: ({ correctionKey }) => ({
    words: `The correction ${correctionKey} came too late: the action can no longer be changed.`,
    advice: 'Settle it with the partner manager, then close it with ClaimService.settle().',
  }),
  'locks-soon': ({ locksAt, because }) => ({
    words:
      `The action locks at ${day(locksAt)} UTC, and ` +
      (because === 'unfulfilled' ? 'the order is not fulfilled.' : 'a correction of it is still open.'),
    advice:
      because === 'unfulfilled'
        ? 'If the order will not be fulfilled, call reverse() before then.'
        : 'See explain() for what the correction waits for.',
  }),
  'never-recorded': ({ vendor, repair }) => ({
    words:
      vendor === null
        ? 'The shop has the order; the ledger has never heard of it, and impact.com has no action for it.'
        : `The shop has the order and impact.com has action ${vendor.actionId} for it; the ledger has never heard of it.`,
    advice:
      repair === 'record'
        ? 'Repair it, or call record() with the order.'
        : vendor === null
          ? 'Call record() with the order, or hand in the whole sale to have it done.'
          : 'Another integration reported it. Recording it now would make a second action.',
  }),
  'amount-differs-from-shop': ({ ledger, shop }) => ({
    words: `The shop says ${money(shop.amount, shop.currency)}; the ledger says ${ofLedger(ledger)}.`,
    advice: 'If the order was changed, call modify() or refund(); if it was recorded wrongly, find out why.',
  }),
};

/** Puts a finding into words. */
export function inWords(finding: Finding): Said {
  const say = SAY[finding.kind] as (finding: Finding) => Said;
  return say(finding);
}

function adviceOnMissing(ledger: LedgerSide, repair: Difference['repair']): string {
  if (repair === 'send-again') return 'Nothing of it was taken: repair it to send it once more.';
  if (repair === 'record') return 'Repair it to record it with the content from the shop.';
  if (ledger.state === 'UNDELIVERABLE') {
    return 'See explain() for what is wrong with it, and record the order again with corrected data.';
  }
  const codes = ledger.reasonCodes.map((code) => explainReason(code).advice);
  if (codes.length > 0) return codes.join(' ');
  return ledger.state === 'SENT'
    ? 'impact.com took it and made no action. Ask impact.com with the submission id; it is not sent again, because it may still appear.'
    : 'It was credited before. Ask impact.com with the action id why it is gone.';
}
