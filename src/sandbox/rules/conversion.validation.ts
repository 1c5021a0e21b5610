import { ATTRIBUTION_KEYS, type Field } from './field.table.js';
import type { ConversionInput } from './conversion.reader.js';
import { zonedDate } from './date.rules.js';
import { isCurrency } from './money.rules.js';

export interface Problem {
  readonly field: string;
  readonly message: string;
}

export interface ValidationRules {
  readonly longText: 'refuse' | 'cut' | 'accept';
  readonly longDecimals: 'refuse' | 'accept';
  readonly futureEventDate: 'refuse' | 'accept';
  /** Currencies that can be converted to the account's. */
  readonly currencies: readonly string[];
}

/** Clocks differ a little; an event date may be this far ahead. */
const CLOCK_SKEW = 5 * 60_000;

/**
 * The syntactic check at the door: everything that ends as a 400 instead of a reason code on the submission
 * (docs/vendor-contract.md §3.2). Which of the two the vendor chooses is partly unknown (§13.3).
 */
export function validateConversion(input: ConversionInput, rules: ValidationRules, now: Date): Problem[] {
  return [
    ...required(input),
    ...input.checks.flatMap(({ name, value, field }) => checkValue(name, value, field, rules)),
    ...eventDate(input, rules, now),
    ...currency(input, rules),
    ...credit(input),
    ...items(input),
  ];
}

function required({ fields }: ConversionInput): Problem[] {
  const missing = ['CampaignId', 'EventDate', 'OrderId'].filter((name) => !fields[name]);
  const problems = missing.map((field) => ({ field, message: 'Required parameter is missing' }));
  if (!fields['ActionTrackerId'] && !fields['EventTypeId'] && !fields['EventTypeCode']) {
    problems.push({
      field: 'EventTypeId',
      message: 'One of ActionTrackerId, EventTypeId, EventTypeCode is required',
    });
  }
  if (!ATTRIBUTION_KEYS.some((name) => fields[name])) {
    problems.push({
      field: 'ClickId',
      message: `At least one of ${ATTRIBUTION_KEYS.join(', ')} is required`,
    });
  }
  return problems;
}

function checkValue(
  name: string,
  value: string,
  field: Field,
  rules: Pick<ValidationRules, 'longText' | 'longDecimals'>,
): Problem[] {
  const problem = (message: string): Problem[] => [{ field: name, message }];
  switch (field.type) {
    case 'text':
      return rules.longText === 'refuse' && [...value].length > field.max
        ? problem(`Longer than ${field.max} characters`)
        : [];
    case 'integer':
      if (!/^\d+$/.test(value)) return problem('Not a numeric value');
      return value.length > field.max ? problem(`More than ${field.max} digits`) : [];
    case 'decimal':
      return checkDecimal(value, field, rules).flatMap(problem);
    case 'date':
      return value === 'NOW' || zonedDate(value) ? [] : problem('Not an ISO 8601 date with time and zone');
    case 'boolean':
      return value === 'true' || value === 'false' ? [] : problem(`Invalid value ${value.slice(0, 40)}`);
    case 'currency':
      return isCurrency(value) ? [] : problem('Not an ISO 4217 currency code');
    case 'hash':
      // The value may be somebody's address: it is not repeated in the message.
      return /^([0-9a-f]{40}|[0-9a-f]{64})$/i.test(value) ? [] : problem('Not a SHA-1 or SHA-256 hex digest');
  }
}

function checkDecimal(value: string, field: Field, rules: Pick<ValidationRules, 'longDecimals'>): string[] {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(value);
  if (!match) return ['Not a numeric value'];
  if (rules.longDecimals === 'accept') return [];
  const whole = (match[1] ?? '').replace(/^0+(?=\d)/, '');
  const fraction = match[2] ?? '';
  const decimals = field.decimals ?? 2;
  if (fraction.length > decimals) return [`More than ${decimals} decimals`];
  return whole.length + fraction.length > field.max ? [`More than ${field.max} digits`] : [];
}

function eventDate({ fields }: ConversionInput, rules: ValidationRules, now: Date): Problem[] {
  const date = zonedDate(fields['EventDate'] ?? '');
  if (!date || rules.futureEventDate === 'accept') return [];
  return date.getTime() > now.getTime() + CLOCK_SKEW
    ? [{ field: 'EventDate', message: 'Lies in the future' }]
    : [];
}

function currency(input: ConversionInput, rules: ValidationRules): Problem[] {
  const code = input.fields['CurrencyCode'];
  if (!code) {
    return input.checks.some(({ field }) => field.money)
      ? [{ field: 'CurrencyCode', message: 'Required with a monetary field' }]
      : [];
  }
  // The vendor knows every currency; here it would be a missing entry in the option `rates`.
  return isCurrency(code) && !rules.currencies.includes(code)
    ? [{ field: 'CurrencyCode', message: `The sandbox has no rate for ${code}: add it to "rates"` }]
    : [];
}

function credit({ fields }: ConversionInput): Problem[] {
  return fields['MediaId'] && fields['MediaPartnerId']
    ? [{ field: 'MediaId', message: 'Send MediaId or MediaPartnerId, not both' }]
    : [];
}

function items({ fields, items: list }: ConversionInput): Problem[] {
  const problems: Problem[] = [];
  const priced = list.some((item) => item.fields['ItemPrice'] || item.fields['ItemSubTotal']);
  if (fields['Amount'] && priced) {
    problems.push({ field: 'Amount', message: 'Not together with ItemPrice or ItemSubTotal' });
  }
  if (fields['OrderSubTotalPostDiscount'] && list.length > 0) {
    problems.push({ field: 'OrderSubTotalPostDiscount', message: 'Not together with items' });
  }
  for (const { group, fields: item } of list) {
    for (const name of ['ItemSku', 'ItemCategory', 'ItemQuantity']) {
      if (!item[name]) problems.push({ field: `${name}${group}`, message: 'Required for an item' });
    }
    if (item['ItemPrice'] && item['ItemSubTotal']) {
      problems.push({ field: `ItemPrice${group}`, message: 'Send ItemPrice or ItemSubTotal, not both' });
    }
    if (!item['ItemPrice'] && !item['ItemSubTotal'] && !fields['Amount']) {
      problems.push({
        field: `ItemSubTotal${group}`,
        message: 'ItemSubTotal or ItemPrice is required for an item',
      });
    }
  }
  return problems;
}
