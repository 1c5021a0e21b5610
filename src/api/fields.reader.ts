const DECIMAL = /^-?\d{1,30}(\.\d{1,30})?$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?/;
const ZONE = /(?:Z|[+-]\d{2}:?\d{2})$/i;

/** Marks NUL and halves of characters: JSON can carry them, databases and terminals cannot. */
export const storableText = (text: string): string => text.replace(/[\0\p{Cs}]/gu, '\u{FFFD}');

/**
 * Reads one object of an answer. Names match in any letter case, because the vendor's own pages differ;
 * an empty text means that there is no value (docs/vendor-contract.md §5.2).
 */
export class Fields {
  readonly #source: Readonly<Record<string, unknown>>;
  #folded: Map<string, unknown> | null = null;

  private constructor(source: Readonly<Record<string, unknown>>) {
    this.#source = source;
  }

  /** `null` for anything but an object. */
  static of(value: unknown): Fields | null {
    return isRecord(value) ? new Fields(value) : null;
  }

  /** The value under the first name that has one. */
  value(...names: readonly string[]): unknown {
    for (const name of names) {
      const value = this.#lookUp(name);
      if (value !== undefined && value !== null && value !== '') return value;
    }
    return undefined;
  }

  has(name: string): boolean {
    return this.#lookUp(name) !== undefined;
  }

  object(name: string): Fields | null {
    return Fields.of(this.value(name));
  }

  text(...names: readonly string[]): string | null {
    const value = this.value(...names);
    if (typeof value === 'number') return Number.isFinite(value) ? plainNumber(value) : null;
    if (typeof value === 'boolean') return String(value);
    if (typeof value !== 'string') return null;
    const text = storableText(value).trim();
    return text === '' ? null : text;
  }

  /** A decimal as text, so that no digit is lost to a float. */
  decimal(...names: readonly string[]): string | null {
    const text = this.text(...names);
    return text !== null && DECIMAL.test(text) ? text : null;
  }

  count(...names: readonly string[]): number | null {
    const text = this.text(...names);
    return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
  }

  /** ISO 8601 with the account's offset; without one it is read as UTC, never as this machine's zone. */
  date(...names: readonly string[]): Date | null {
    const text = this.text(...names);
    if (text === null || !DATE_TIME.test(text)) return null;
    const timeless = text.length === 10;
    const at = new Date(timeless || ZONE.test(text) ? text : `${text}Z`);
    return Number.isNaN(at.getTime()) ? null : at;
  }

  /** A list, whether JSON gave an array or XML gave repeated children of an element; `null` when there is none. */
  list(name: string, child: string): unknown[] | null {
    const value = this.#lookUp(name);
    if (Array.isArray(value)) return value;
    if (value === '' || value === null) return [];
    const children = Fields.of(value)?.value(child);
    if (children !== undefined) return Array.isArray(children) ? children : [children];
    return isRecord(value) ? [] : null;
  }

  #lookUp(name: string): unknown {
    if (Object.hasOwn(this.#source, name)) return this.#source[name];
    this.#folded ??= new Map(Object.entries(this.#source).map(([key, value]) => [key.toLowerCase(), value]));
    return this.#folded.get(name.toLowerCase());
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `String()` writes very large and very small numbers with an exponent, which no decimal reader expects. */
function plainNumber(value: number): string {
  const text = String(value);
  if (!text.includes('e')) return text;
  return Number.isInteger(value) ? BigInt(value).toString() : value.toFixed(20).replace(/0+$/, '');
}
