import { ALIASES, CONVERSION_FIELDS, ITEM_CUSTOM_FIELDS, ITEM_FIELDS, type Field } from './field.table.js';

export interface ItemInput {
  /** The number behind the names: a grouping key, not a checked sequence; empty for names without one. */
  readonly group: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** A conversion as received, sorted into what the contract knows and what it does not. */
export interface ConversionInput {
  readonly fields: Readonly<Record<string, string>>;
  readonly items: readonly ItemInput[];
  readonly ignored: readonly string[];
  /** Every value with the rule that applies to it, under the name it was sent by. */
  readonly checks: readonly { readonly name: string; readonly value: string; readonly field: Field }[];
}

const ITEM_NAME = /^(Item[A-Za-z]+?)(\d*)$/;
const ITEM_CUSTOM_NAME = /^(ItemText|ItemNumeric|ItemMoney|ItemDate)(\d*)_(\d+)$/;

/** An empty value counts as not sent (docs/vendor-contract.md §13.4). */
export function readConversion(parameters: Readonly<Record<string, string>>): ConversionInput {
  const fields: Record<string, string> = {};
  const items = new Map<string, Record<string, string>>();
  const ignored: string[] = [];
  const checks: { name: string; value: string; field: Field }[] = [];

  const take = (
    name: string,
    value: string,
    field: Field,
    into: Record<string, string>,
    key: string,
  ): void => {
    if (value === '') return;
    checks.push({ name, value, field });
    into[key] = value;
  };
  const group = (number: string): Record<string, string> => {
    const known = items.get(number) ?? {};
    items.set(number, known);
    return known;
  };

  for (const [name, value] of Object.entries(parameters)) {
    const canonical = own(ALIASES, name) ?? name;
    const field = own(CONVERSION_FIELDS, canonical);
    if (field) {
      take(name, value, field, fields, canonical);
      continue;
    }
    const custom = ITEM_CUSTOM_NAME.exec(name);
    const customField = custom && ITEM_CUSTOM_FIELDS[custom[1] ?? ''];
    if (custom && customField && Number(custom[3]) >= 1 && Number(custom[3]) <= customField.count) {
      take(name, value, customField, value === '' ? {} : group(custom[2] ?? ''), `${custom[1]}_${custom[3]}`);
      continue;
    }
    const item = ITEM_NAME.exec(name);
    const itemName = item?.[1] === 'ItemSubtotal' ? 'ItemSubTotal' : (item?.[1] ?? '');
    const itemField = own(ITEM_FIELDS, itemName);
    if (item && itemField) take(name, value, itemField, value === '' ? {} : group(item[2] ?? ''), itemName);
    else ignored.push(name);
  }
  return {
    fields,
    items: [...items].map(([number, entries]) => ({ group: number, fields: entries })),
    ignored,
    checks,
  };
}

/** Table look-up that does not take `constructor` and its like for an entry. */
function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
