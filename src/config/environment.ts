import type { ImpactOptions } from './impact.options.js';

/** Reads one environment variable, normally `ConfigService.get`. A validation schema of the app may have made it a number or boolean. */
export type VariableReader = (name: string) => unknown;

/** The options that environment variables can set. */
export type EnvironmentOption =
  | Extract<
      keyof ImpactOptions,
      | 'accountSid'
      | 'authToken'
      | 'campaignId'
      | 'eventTypeId'
      | 'mode'
      | 'environment'
      | 'baseUrl'
      | 'allowAnyBaseUrl'
    >
  | 'postbacks.secret';

/** Option → the environment variable that sets it unless the option is given explicitly. */
export const environmentVariables: Readonly<Record<EnvironmentOption, string>> = Object.freeze({
  accountSid: 'IMPACT_ACCOUNT_SID',
  authToken: 'IMPACT_AUTH_TOKEN',
  campaignId: 'IMPACT_CAMPAIGN_ID',
  eventTypeId: 'IMPACT_EVENT_TYPE_ID',
  mode: 'IMPACT_MODE',
  environment: 'IMPACT_ENVIRONMENT',
  baseUrl: 'IMPACT_BASE_URL',
  allowAnyBaseUrl: 'IMPACT_ALLOW_ANY_BASE_URL',
  'postbacks.secret': 'IMPACT_POSTBACK_SECRET',
});

const variableNames = new Map<string, string>(Object.entries(environmentVariables));

export const variableOf = (option: string): string | undefined => variableNames.get(option);

/**
 * What the variables say, still unchecked: empty ones count as not set, white space around a value goes
 * (files with secrets end in a newline), and text that is no boolean stays text for the check to refuse.
 */
export function readEnvironment(get: VariableReader): Partial<Record<keyof ImpactOptions, unknown>> {
  const found: Partial<Record<keyof ImpactOptions, unknown>> = {};
  for (const [option, variable] of Object.entries(environmentVariables) as [EnvironmentOption, string][]) {
    const value = normalize(get(variable));
    if (value === undefined) continue;
    if (option === 'postbacks.secret') found.postbacks = { secret: readList(value) };
    else found[option] = option === 'allowAnyBaseUrl' ? readBoolean(value) : value;
  }
  return found;
}

/** Several texts in one variable are separated by commas. */
function readList(value: unknown): unknown {
  if (typeof value !== 'string' || !value.includes(',')) return value;
  return value.split(',').map((entry) => entry.trim());
}

function normalize(value: unknown): unknown {
  if (typeof value !== 'string') return value ?? undefined;
  const trimmed = value.trim();
  return trimmed === '' ? undefined : trimmed;
}

/** A non-empty text is truthy, "false" too: only these four words are booleans. */
function readBoolean(value: unknown): unknown {
  switch (typeof value === 'string' ? value.toLowerCase() : value) {
    case 'true':
    case '1':
      return true;
    case 'false':
    case '0':
      return false;
    default:
      return value;
  }
}
