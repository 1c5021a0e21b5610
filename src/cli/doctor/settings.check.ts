import {
  environmentVariables,
  ImpactConfigurationError,
  type OptionProblem,
  type ResolvedImpactOptions,
  resolveOptions,
} from '../../config/index.js';
import { bad, type Finding, good, warning } from './finding.js';

export interface Settings {
  /** `null` when they are wrong. */
  readonly options: ResolvedImpactOptions | null;
  readonly findings: readonly Finding[];
}

/** The settings of the environment alone, as the app reads them that gives none in its code. */
export function settingsOf(env: NodeJS.ProcessEnv): Settings {
  try {
    const { options, warnings } = resolveOptions(undefined, (name) => env[name], env['NODE_ENV']);
    return { options, findings: [...givenBy(env), ...notes(warnings), ...modeFindings(options)] };
  } catch (error) {
    if (!(error instanceof ImpactConfigurationError)) throw error;
    return { options: null, findings: error.problems.map(problemFinding) };
  }
}

export const problemFinding = ({ option, variable, received, rule, fix }: OptionProblem): Finding =>
  bad(
    'settings',
    `${variable ?? option}: ${received}; it must be ${rule}`,
    `${fix.charAt(0).toUpperCase()}${fix.slice(1)}.`,
  );

function givenBy(env: NodeJS.ProcessEnv): Finding[] {
  const set = Object.values(environmentVariables).filter((name) => (env[name]?.trim() ?? '') !== '');
  return set.length === 0
    ? [
        warning(
          'settings',
          'no IMPACT_* variable is set',
          'Give --env-file .env where they stand in a file, or --module for an app that has them in its code.',
        ),
      ]
    : [good('settings', `${set.join(', ')}; every value is well-formed`)];
}

/** The dry run has a line of its own. */
const notes = (warnings: readonly string[]): Finding[] =>
  warnings
    .filter((words) => !words.startsWith("Mode is 'dry-run'"))
    .map((words) => {
      const [says = '', ...rest] = words.split(/(?<=\.) /);
      return warning('settings', says.replace(/\.$/, ''), rest.join(' ') || 'See docs/going-live.md.');
    });

/** Whether anything is sent, and where to. */
export function modeFindings({ mode, environment, baseUrl }: ResolvedImpactOptions): Finding[] {
  const { hostname } = new URL(baseUrl);
  const real = hostname === 'impact.com' || hostname.endsWith('.impact.com');
  return [
    mode === 'live'
      ? good('mode', `live, in the environment "${environment}"`)
      : warning(
          'mode',
          `dry-run, in the environment "${environment}": sales are recorded and nothing is sent`,
          'Set IMPACT_MODE=live when everything else is good.',
        ),
    ...(real
      ? []
      : [
          warning(
            'mode',
            `calls go to ${hostname}, which is not impact.com`,
            'Remove IMPACT_BASE_URL for the real account.',
          ),
        ]),
  ];
}
