import type { DataSourceOptions } from 'typeorm';
import type { OptionProblem } from './configuration.error.js';
import { deepFreeze } from './deep.freeze.js';
import { defaults } from './defaults.js';
import type { CaptureExtras, DashboardOptions, ImpactModuleExtras } from './impact.options.js';
import { unknownName } from './option.names.js';
import { CaptureSchema } from './options.schema.js';
import { shown } from './secret.mask.js';

/** {@link ImpactModuleExtras} checked and complete. */
export interface ResolvedImpactExtras {
  readonly isGlobal: boolean;
  /** `null`: the app's default data source. */
  readonly database: string | DataSourceOptions | null;
  readonly capture: {
    readonly via: NonNullable<CaptureExtras['via']>;
    /** `null`: every route. */
    readonly routes: readonly string[] | null;
    readonly endpoint: false | { readonly path: string; readonly origins: readonly string[] };
  };
  readonly postbacks: false | { readonly path: string };
  readonly dashboard: false | Required<DashboardOptions>;
}

/**
 * Checks and completes the extras. Wrong ones are answered as problems, beside extras that Nest can build
 * with: they are said at boot, together with what is wrong with the values.
 */
export function readExtras(given: ImpactModuleExtras): {
  extras: ResolvedImpactExtras;
  problems: readonly OptionProblem[];
} {
  const problems = problemsOf(given);
  return { extras: complete(problems.length > 0 ? {} : given), problems };
}

function complete(extras: ImpactModuleExtras): ResolvedImpactExtras {
  const { via, routes, endpoint } = extras.capture ?? {};
  const { postbacks = false, dashboard = false } = extras;
  return {
    isGlobal: extras.isGlobal ?? defaults.extras.isGlobal,
    // Not frozen: TypeORM completes the options it is given.
    database: extras.database ?? null,
    capture: deepFreeze({
      via: via ?? defaults.extras.via,
      routes: routes === undefined ? null : [...routes],
      endpoint:
        endpoint === undefined || endpoint === false
          ? false
          : {
              path: endpoint.path ?? defaults.extras.endpoint.path,
              origins: [...(endpoint.origins ?? defaults.extras.endpoint.origins)],
            },
    }),
    postbacks: postbacks === false ? false : deepFreeze({ path: postbacks.path }),
    dashboard:
      dashboard === false
        ? false
        : // Guards and modules are the app's own: they are not frozen.
          {
            path: dashboard.path,
            guards: [...(dashboard.guards ?? [])],
            imports: [...(dashboard.imports ?? [])],
          },
  };
}

/** What exists beside the factory. */
const CAPTURE_EXTRAS = [
  'capture.via',
  'capture.routes',
  'capture.endpoint',
  'capture.endpoint.path',
  'capture.endpoint.origins',
];

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isTextList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'string' && entry !== '');

/** What a browser sends as `Origin`: no path, no slash at the end, no wildcard. */
const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text;

/** A misspelt name would leave its default in force without a word. */
function strangers(group: object, path: string): OptionProblem[] {
  return Object.entries(group).flatMap(([name, value]: [string, unknown]): OptionProblem[] => {
    const option = path + name;
    if (value === undefined || CAPTURE_EXTRAS.includes(option)) return [];
    if (path !== 'capture.' || !Object.hasOwn(new CaptureSchema(), name)) {
      return [unknownName(option, value, CAPTURE_EXTRAS)];
    }
    return [valueBesideFactory(option, value, `capture: { ${name}: … }`)];
  });
}

const valueBesideFactory = (option: string, value: unknown, written: string): OptionProblem => ({
  option,
  received: `a value of type ${typeof value}`,
  rule: 'a value, and values come from the factory',
  fix: `return it there: useFactory: () => ({ ${written} })`,
});

function problemsOf(given: ImpactModuleExtras): OptionProblem[] {
  return [
    ...captureProblems(given),
    ...postbackProblems(given.postbacks),
    ...dashboardProblems(given.dashboard),
  ];
}

function captureProblems({ isGlobal, database, capture = {} }: ImpactModuleExtras): OptionProblem[] {
  if (!isObject(capture)) {
    return [
      {
        option: 'capture',
        received: shown(capture),
        rule: 'an object with any of: via, routes, endpoint',
        fix: "write it like { via: 'middleware' }, or leave it out",
      },
    ];
  }
  const problems = strangers(capture, 'capture.');
  const expect = (holds: boolean, option: string, value: unknown, rule: string, fix: string): void => {
    if (!holds) problems.push({ option, received: shown(value), rule, fix });
  };
  const { via, routes, endpoint } = capture;
  expect(
    isGlobal === undefined || typeof isGlobal === 'boolean',
    'isGlobal',
    isGlobal,
    'true or false',
    'leave it out to make the providers visible everywhere',
  );
  expect(
    database === undefined ||
      (typeof database === 'string' && database !== '') ||
      isDataSourceOptions(database),
    'database',
    database,
    "the name of one of the app's TypeORM data sources, or the options of a connection of the module's own",
    "leave it out for the app's default data source",
  );
  expect(
    via === undefined || ['interceptor', 'middleware', 'none'].includes(via),
    'capture.via',
    via,
    "'interceptor' or 'middleware' or 'none'",
    'use one of these words; docs/capture.md tells when the middleware is the better choice',
  );
  expect(
    routes === undefined || (isTextList(routes) && routes.length > 0),
    'capture.routes',
    routes,
    'a list of at least one route',
    "write it like ['{*path}'], or leave it out for every route",
  );
  expect(
    routes === undefined || via === 'middleware',
    'capture.routes',
    routes,
    "only the middleware has routes; capture.via is not 'middleware'",
    "set capture.via to 'middleware', or leave capture.routes out",
  );
  expect(
    endpoint === undefined || endpoint === false || isObject(endpoint),
    'capture.endpoint',
    endpoint,
    'false, or an object of path and origins',
    'write {} for the default path and no other origin',
  );
  if (typeof endpoint === 'object' && endpoint !== null) problems.push(...endpointProblems(endpoint));
  return problems;
}

const isDataSourceOptions = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';

const isFixedPath = (path: unknown): boolean =>
  typeof path === 'string' && /^(\/[A-Za-z0-9._~-]+)+$/.test(path);

const pathProblem = (option: string, path: unknown, example: string): OptionProblem => ({
  option,
  received: shown(path),
  rule: "a fixed path that begins with '/' and does not end with one",
  fix: `write it like '${example}'`,
});

/** There is no default path: whoever turns the endpoint on has to tell impact.com its address anyway. */
function postbackProblems(postbacks: unknown): OptionProblem[] {
  if (postbacks === undefined || postbacks === false) return [];
  if (!isObject(postbacks)) {
    return [
      {
        option: 'postbacks',
        received: shown(postbacks),
        rule: 'false, or an object with path',
        fix: "write it like { path: '/impact/postbacks' }",
      },
    ];
  }
  const { path, ...others } = postbacks as { path?: unknown };
  const problems = Object.entries(others).flatMap(([name, value]: [string, unknown]): OptionProblem[] => {
    if (value === undefined) return [];
    const option = `postbacks.${name}`;
    if (!['secret', 'sources'].includes(name)) return [unknownName(option, value, ['postbacks.path'])];
    return [valueBesideFactory(option, value, `postbacks: { ${name}: … }`)];
  });
  return isFixedPath(path)
    ? problems
    : [...problems, pathProblem('postbacks.path', path, '/impact/postbacks')];
}

const DASHBOARD_EXTRAS = ['dashboard.path', 'dashboard.guards', 'dashboard.imports'];

const isGuard = (guard: unknown): boolean =>
  typeof guard === 'function' ||
  (typeof guard === 'object' &&
    guard !== null &&
    typeof (guard as { canActivate?: unknown }).canActivate === 'function');

/** A path of its own choice alone: where it lies is nobody else's business. */
function dashboardProblems(dashboard: unknown): OptionProblem[] {
  if (dashboard === undefined || dashboard === false) return [];
  if (!isObject(dashboard)) {
    return [
      {
        option: 'dashboard',
        received: shown(dashboard),
        rule: 'false, or an object of path and guards',
        fix: "write it like { path: '/impact', guards: [StaffGuard] }",
      },
    ];
  }
  const { path, guards = [], imports = [] } = dashboard as Record<string, unknown>;
  const problems = Object.entries(dashboard as object)
    .filter(([name, value]) => value !== undefined && !DASHBOARD_EXTRAS.includes(`dashboard.${name}`))
    .map(([name, value]: [string, unknown]) => unknownName(`dashboard.${name}`, value, DASHBOARD_EXTRAS));
  if (!isFixedPath(path)) problems.push(pathProblem('dashboard.path', path, '/impact'));
  if (!Array.isArray(guards) || !guards.every(isGuard)) {
    problems.push({
      option: 'dashboard.guards',
      received: Array.isArray(guards) ? 'a list of something else' : shown(guards),
      rule: 'a list of guards: classes, objects with canActivate(), or functions of the execution context',
      fix: 'write it like [StaffGuard]',
    });
  }
  if (!Array.isArray(imports)) {
    problems.push({
      option: 'dashboard.imports',
      received: shown(imports),
      rule: 'a list of modules',
      fix: 'write it like [StaffModule], or leave it out',
    });
  }
  return problems;
}

function endpointProblems(endpoint: { path?: unknown; origins?: unknown }): OptionProblem[] {
  const { path, origins } = endpoint;
  const problems = strangers(endpoint, 'capture.endpoint.');
  if (path !== undefined && !isFixedPath(path)) {
    problems.push(pathProblem('capture.endpoint.path', path, defaults.extras.endpoint.path));
  }
  if (origins !== undefined && !(isTextList(origins) && origins.every(isOrigin))) {
    problems.push({
      option: 'capture.endpoint.origins',
      received: shown(origins),
      rule: 'a list of origins: protocol, host and port where it is not the usual one; no path, no wildcard',
      fix: "write it like ['https://www.example.com']",
    });
  }
  return problems;
}
