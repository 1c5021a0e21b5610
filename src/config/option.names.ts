import type { OptionProblem } from './configuration.error.js';

/** A schema instance: the names of its fields are the options that exist, objects among them are groups. */
type Group = Record<string, unknown>;

/** Options that Nest needs while it builds the module, and how the place beside the factory is written. */
const EXTRAS: ReadonlyMap<string, string> = new Map([
  ['isGlobal', 'isGlobal: true'],
  ['database', "database: 'orders'"],
  ['capture.via', "capture: { via: 'middleware' }"],
  ['capture.routes', "capture: { routes: ['{*path}'] }"],
  ['capture.endpoint', "capture: { endpoint: { path: '/impact/click' } }"],
  ['postbacks.path', "postbacks: { path: '/impact/postbacks' }"],
  ['dashboard', "dashboard: { path: '/impact', guards: [StaffGuard] }"],
]);

const isGroup = (field: unknown): field is Group =>
  typeof field === 'object' && field !== null && !Array.isArray(field);

/**
 * Copies what was given into a schema instance. Names that do not exist, extras in the wrong place, `null`s
 * and groups that are no objects become problems and are left out, so that the checks of values see only
 * what is theirs to judge. `undefined` counts as not given.
 */
export function fill(schema: object, given: object): OptionProblem[] {
  const everyOption = [...optionsOf(schema as Group), ...EXTRAS.keys()];
  const fillGroup = (group: Group, values: object, path: string): OptionProblem[] =>
    Object.entries(values).flatMap(([name, value]: [string, unknown]) => {
      const option = path + name;
      if (value === undefined) return [];
      if (EXTRAS.has(option)) return [misplaced(option, value)];
      if (!Object.hasOwn(group, name)) return [unknownName(option, value, everyOption)];
      if (value === null) return [missingValue(option)];
      const field = group[name];
      if (isGroup(field)) {
        return typeof value === 'object' && !Array.isArray(value)
          ? fillGroup(field, value, `${option}.`)
          : [notAGroup(option, value, field)];
      }
      group[name] = value;
      return [];
    });
  return fillGroup(schema as Group, given, '');
}

const optionsOf = (group: Group, path = ''): string[] =>
  Object.entries(group).flatMap(([name, field]) => [
    path + name,
    ...(isGroup(field) ? optionsOf(field, `${path}${name}.`) : []),
  ]);

const kindOf = (value: unknown): string => {
  if (typeof value === 'string') return `text of ${value.length} characters`;
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
};

const misplaced = (option: string, value: unknown): OptionProblem => ({
  option,
  received: kindOf(value),
  rule: 'read while Nest builds the module, so a factory comes too late for it',
  fix: `give it beside the factory: ImpactModule.forRootAsync({ useFactory, ${EXTRAS.get(option)} })`,
});

const missingValue = (option: string): OptionProblem => ({
  option,
  received: 'null',
  rule: 'a value, or undefined for the default',
  fix: 'leave the option out, or give undefined',
});

const notAGroup = (option: string, value: unknown, group: Group): OptionProblem => ({
  option,
  received: kindOf(value),
  rule: `an object with any of: ${Object.keys(group).join(', ')}`,
  fix: `write ${option}: { … }`,
});

/** @param everyOption paths of the options that exist. */
export function unknownName(option: string, value: unknown, everyOption: readonly string[]): OptionProblem {
  const beside = everyOption.filter((known) => groupOf(known) === groupOf(option));
  const meant = nearest(option, beside) ?? everyOption.find((known) => nameOf(known) === nameOf(option));
  return {
    option,
    // Never the value: a token given under a wrong name would be in it.
    received: kindOf(value),
    rule: 'no option of this name exists here',
    fix:
      meant === undefined
        ? `remove it; the options here are: ${beside.map(nameOf).join(', ')}`
        : `did you mean "${meant}"?`,
  };
}

const groupOf = (option: string): string => option.slice(0, option.lastIndexOf('.') + 1);
const nameOf = (option: string): string => option.slice(option.lastIndexOf('.') + 1);

/** The known option closest to a mistyped one, when it is close enough to be what was meant. */
function nearest(option: string, known: readonly string[]): string | undefined {
  const tolerance = Math.max(2, Math.floor(nameOf(option).length / 3));
  const best = known
    .map((candidate) => ({
      candidate,
      distance: editDistance(option.toLowerCase(), candidate.toLowerCase()),
    }))
    .toSorted((a, b) => a.distance - b.distance)[0];
  return best !== undefined && best.distance <= tolerance ? best.candidate : undefined;
}

/** Levenshtein's distance, one row of the table at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [index, letter] of Array.from(a).entries()) {
    const next = [index + 1];
    for (const [column, other] of Array.from(b).entries()) {
      const substituted = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(substituted, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
