import type { Problem } from './conversion.validation.js';

/** docs/vendor-contract.md §5.4 */
const MODIFICATION_REASONS = [
  'ORDER_UPDATE',
  'ITEM_RETURNED',
  'CONS_FRAUD',
  'CONS_ERROR',
  'ORDER_ERROR',
  'PUB_ACT_DISPUTE',
  'ADV_ACT_DISPUTE',
  'NOT_COMPLIANCE_TERMS',
  'ITEM_OUT_OF_STOCK',
  'TEST_ACTION',
  'PARTNER_NOT_ACTIVE',
  'CREDITED_DIFFERENT_MP',
  'OTHER',
  'RESET',
] as const;

/** docs/vendor-contract.md §5.5 */
const REVERSAL_CODES = [
  'REJECTED',
  'CONS_INFO_INVALID',
  'CONS_ERROR',
  'CONS_FRAUD',
  'ITEM_RETURNED',
  'ITEM_OUT_OF_STOCK',
  'ORDER_ERROR',
  'PUB_ACT_DISPUTE',
  'NOT_COMPLIANCE_TERMS',
  'MP_RETURNED',
  'OTHER',
  'CREDITED_DIFFERENT_MP',
  'ADV_ACT_DISPUTE',
  'TEST_ACTION',
] as const;

type Parameters = Readonly<Record<string, string>>;

export interface ItemEdit {
  readonly sku: string;
  readonly quantity: string | undefined;
  readonly category: string | undefined;
  /** The item's final revenue. */
  readonly amount: string | undefined;
  /** Relative: sent twice, it counts twice. */
  readonly delta: string | undefined;
}

export function validateModification(parameters: Parameters, customCodes: readonly string[]): Problem[] {
  const problems = target(parameters);
  const reason = parameters['Reason'] ?? '';
  if (reason === '') problems.push(required('Reason'));
  else if (!new Set<string>([...MODIFICATION_REASONS, ...customCodes]).has(reason)) {
    problems.push(invalid('Reason', reason));
  }
  if (parameters['Amount'] && !/^\d+(\.\d{1,2})?$/.test(parameters['Amount'])) {
    problems.push({ field: 'Amount', message: 'Not a numeric value' });
  }
  if ((parameters['CustomerStatus'] ?? '').length > 40) {
    problems.push({ field: 'CustomerStatus', message: 'Longer than 40 characters' });
  }
  for (const edit of itemEdits(parameters)) {
    if (edit.quantity !== undefined && !/^\d+$/.test(edit.quantity)) {
      problems.push({ field: 'Quantity', message: 'Not a numeric value' });
    }
    if (edit.amount !== undefined && !/^\d+(\.\d{1,2})?$/.test(edit.amount)) {
      problems.push({ field: 'Amount', message: 'Not a numeric value' });
    }
    if (edit.delta !== undefined && !/^-?\d+(\.\d{1,2})?$/.test(edit.delta)) {
      problems.push({ field: 'ItemSubTotalDelta', message: 'Not a numeric value' });
    }
  }
  return problems;
}

export function validateReversal(parameters: Parameters, customCodes: readonly string[]): Problem[] {
  const problems = target(parameters);
  const code = parameters['DispositionCode'] ?? '';
  if (code === '') problems.push(required('DispositionCode'));
  else if (!new Set<string>([...REVERSAL_CODES, ...customCodes]).has(code)) {
    problems.push(invalid('DispositionCode', code));
  }
  return problems;
}

/** `Sku`, `Sku2`, `Sku3`, …: a number from the second item on. */
export function itemEdits(parameters: Parameters): ItemEdit[] {
  return Object.entries(parameters).flatMap(([name, sku]) => {
    const match = /^Sku(\d*)$/.exec(name);
    if (!match || sku === '') return [];
    const value = (field: string): string | undefined => parameters[`${field}${match[1]}`] || undefined;
    return [
      {
        sku,
        quantity: value('Quantity'),
        category: value('Category'),
        amount: value('Amount'),
        delta: value('ItemSubTotalDelta'),
      },
    ];
  });
}

const KNOWN =
  /^(?:ActionId|ActionTrackerId|CampaignId|OrderId|Oid|Reason|DispositionCode|CustomerStatus|(?:Sku|Quantity|Category|Amount|ItemSubTotalDelta)\d*)$/;

/** What a correction cannot carry: no new data points, and no currency (docs/vendor-contract.md §5.4). */
export const unknownCorrectionParameters = (parameters: Parameters): string[] =>
  Object.keys(parameters).filter((name) => !KNOWN.test(name));

export const orderIdOf = (parameters: Parameters): string => parameters['OrderId'] || parameters['Oid'] || '';

function target(parameters: Parameters): Problem[] {
  if (parameters['ActionId']) return [];
  const tracker = parameters['ActionTrackerId'] ?? '';
  if (tracker !== '' && !/^\d+$/.test(tracker))
    return [{ field: 'ActionTrackerId', message: 'Not a numeric value' }];
  return tracker !== '' && orderIdOf(parameters) !== ''
    ? []
    : [{ field: 'ActionId', message: 'ActionId, or ActionTrackerId and OrderId, is required' }];
}

const required = (field: string): Problem => ({ field, message: 'Required parameter is missing' });
const invalid = (field: string, value: string): Problem => ({
  field,
  message: `Invalid value ${value.slice(0, 40)}`,
});
