import type { Problem } from '../rules/conversion.validation.js';

export type Tree = string | number | boolean | null | { readonly [name: string]: Tree } | readonly Tree[];
export type Fields = Readonly<Record<string, Tree>>;

/** What a controller answers; it becomes JSON or XML on its way out. */
export class VendorAnswer {
  private constructor(
    readonly fields: Fields,
    /** Element that wraps a single record in XML; JSON shows the fields themselves. */
    readonly element: string | null,
  ) {}

  static status(fields: Fields): VendorAnswer {
    return new VendorAnswer(fields, null);
  }

  static record(element: string, fields: Fields): VendorAnswer {
    return new VendorAnswer(fields, element);
  }

  /** An envelope of `@…` strings around an array. */
  static list(
    envelope: Readonly<Record<string, string>>,
    key: string,
    rows: readonly Fields[],
  ): VendorAnswer {
    return new VendorAnswer({ ...envelope, [key]: rows }, null);
  }
}

/** An answer that is an error; thrown anywhere below the exception filter. */
export class VendorError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly problems: readonly Problem[] = [],
  ) {
    super(message);
    this.name = 'VendorError';
  }

  static validation(problems: readonly Problem[]): VendorError {
    return new VendorError(400, 'Validation Failed', problems);
  }
}

/** The two published shapes (docs/vendor-contract.md §3.4). */
export function errorFields(error: VendorError, envelope: 'conversions' | 'general'): Fields {
  if (error.status === 400 && envelope === 'conversions') {
    const problems = error.problems.length > 0 ? error.problems : [{ field: '', message: error.message }];
    return {
      Status: 'ERROR',
      errors: problems.map(({ field, message }) => ({ field, level: 'ERROR', message })),
    };
  }
  return {
    Status: 'ERROR',
    Message: error.message,
    ...(error.problems.length > 0 && {
      Errors: error.problems.map(({ field, message }) => ({ Field: field, Message: message })),
    }),
  };
}
