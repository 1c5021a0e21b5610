import { CUSTOM_FIELDS, KNOWN_PROPERTIES, ORDER_FIELDS, type Personal } from './field.catalog.js';
import type { Parameters } from './sale.parameters.js';

/** A request and what was taken out of it. */
export interface WithoutPerson {
  readonly request: Parameters;
  /** The values that went, so that they can be looked for elsewhere. */
  readonly values: readonly string[];
}

/** Nothing of it is sent: what was understood of a sale that cannot be (see `unusable.sale.ts`). */
const UNDERSTOOD = 'understood';

type CustomGroup = keyof typeof CUSTOM_FIELDS;
const GROUPS = Object.keys(CUSTOM_FIELDS) as CustomGroup[];

/** Parameter → what it says of a person, and the path under which the caller can keep it. */
const BY_PARAMETER: ReadonlyMap<string, { readonly personal: Personal; readonly path: string }> = new Map([
  ...ORDER_FIELDS.map(({ parameter, personal, path }) => [parameter, { personal, path }] as const),
  ...GROUPS.flatMap((group) =>
    Array.from({ length: CUSTOM_FIELDS[group].last }, (_, index) => {
      const { parameter, personal } = CUSTOM_FIELDS[group];
      return [`${parameter}${index + 1}`, { personal, path: `${group}.${index + 1}` }] as const;
    }),
  ),
]);

/** A custom field of a line: `ItemText1_3` is the third text of the first line. */
const OF_A_LINE = /^Item([A-Z][a-z]+)\d+_(\d+)$/;

/**
 * Whether a parameter goes when its customer is erased. What the module itself adds (program, event type, order,
 * click, amounts, lines) says nothing of a person.
 *
 * @param kept paths of fields of the caller's own that say nothing of a person (`retention.keptFields`).
 */
export function personalParameter(name: string, kept: ReadonlySet<string>): boolean {
  const [, parameter, number] = OF_A_LINE.exec(name) ?? [];
  const known = BY_PARAMETER.get(parameter === undefined ? name : `${parameter}${number}`);
  if (known === undefined || known.personal === 'no') return false;
  return known.personal === 'customer' || !kept.has(known.path);
}

/** A request as it is stored, without the person. */
export function withoutPerson(request: Parameters, kept: ReadonlySet<string>): WithoutPerson {
  const [first] = request;
  if (first?.[0] === UNDERSTOOD) {
    const values: string[] = [];
    const understood = withoutPersonIn(JSON.parse(first[1]), '', kept, values);
    return { request: [[UNDERSTOOD, JSON.stringify(understood)]], values };
  }
  return {
    request: request.filter(([name]) => !personalParameter(name, kept)),
    values: request.flatMap(([name, value]) => (personalParameter(name, kept) ? [value] : [])),
  };
}

const PERSONAL_PATHS: ReadonlyMap<string, Personal> = new Map(
  [...BY_PARAMETER.values()].map(({ path, personal }) => [path, personal]),
);

/** The same for what a parked sale was understood as: an input, and not what is sent. */
function withoutPersonIn(
  value: unknown,
  group: string,
  kept: ReadonlySet<string>,
  values: string[],
): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).flatMap(([name, part]: [string, unknown]): [string, unknown][] => {
    if (name === 'items' && Array.isArray(part)) {
      return [[name, part.map((item) => withoutPersonIn(item, '', kept, values))]];
    }
    const path = group === '' ? name : `${group}.${name}`;
    const isGroup = typeof part === 'object' && part !== null && !Array.isArray(part);
    if (isGroup && group === '' && (KNOWN_PROPERTIES.has(name) || name in CUSTOM_FIELDS)) {
      return [[name, withoutPersonIn(part, name, kept, values)]];
    }
    const personal = PERSONAL_PATHS.get(path) ?? 'no';
    if (personal === 'no' || (personal === 'free' && kept.has(path))) return [[name, part]];
    if (typeof part === 'string') values.push(part);
    return [];
  });
  return Object.fromEntries(entries);
}
