import { types } from 'node:util';
import { isList, UNREADABLE } from './input.access.js';

/** Stable names of the rules that an input can break: safe to switch on and to count. */
export type InputRule =
  | 'required'
  | 'wrong-type'
  | 'too-long'
  | 'too-many'
  | 'control-characters'
  | 'not-in-list'
  | 'bad-shape'
  | 'personal-data'
  | 'unknown-currency'
  | 'bad-money'
  | 'too-many-decimals'
  | 'negative'
  | 'too-large'
  | 'beyond-vendor-limit'
  | 'empty'
  | 'both-forms'
  | 'no-form'
  | 'discount-too-large'
  | 'total-mismatch'
  | 'needs-other-field'
  | 'bad-index';

/** Why a sale cannot be sent as it is. Holds no value of the customer's, so it may be stored and logged. */
export interface Problem {
  /** Path in the input, for example `items[0].quantity`. */
  readonly field: string;
  readonly rule: InputRule;
  /** What to change. */
  readonly fix: string;
  /** Field, what is wrong and the fix, in one sentence or two. */
  readonly message: string;
}

export type NoteRule =
  | 'cut'
  | 'cleaned'
  | 'left-out'
  | 'personal-data'
  | 'beyond-vendor-limit'
  | 'unknown-field'
  | 'in-the-future'
  | 'before-the-click'
  | 'forced-partner';

/** Something a person may want to know; the sale is sent all the same. */
export interface SaleWarning {
  readonly field: string;
  readonly rule: NoteRule;
  readonly message: string;
}

/** An input of a hundred thousand broken lines needs no hundred thousand sentences. */
const MOST_KEPT = 100;

/** Gathers everything that is to be said about one input. */
export class Findings {
  readonly problems: Problem[] = [];
  readonly warnings: SaleWarning[] = [];
  private refused = 0;

  /** How many problems were found, those beyond the list included. */
  get count(): number {
    return this.refused;
  }

  refuse(field: string, rule: InputRule, what: string, fix: string): void {
    this.refused += 1;
    if (this.problems.length < MOST_KEPT) {
      this.problems.push({ field, rule, fix, message: `${field}: ${what}. ${fix}` });
    }
  }

  note(field: string, rule: NoteRule, message: string): void {
    const said = this.warnings.some((warning) => warning.field === field && warning.rule === rule);
    if (!said && this.warnings.length < MOST_KEPT) {
      this.warnings.push({ field, rule, message: `${field}: ${message}` });
    }
  }
}

/** What a value is, without telling it: messages must be safe to store. */
export function describeValue(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (value === UNREADABLE) return 'something that cannot be read';
  if (typeof value === 'string')
    return `a text of ${value.length} ${value.length === 1 ? 'character' : 'characters'}`;
  if (typeof value === 'number') return Number.isFinite(value) ? 'a number' : String(value);
  if (typeof value === 'boolean') return String(value);
  if (types.isDate(value)) return 'a date';
  if (isList(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
