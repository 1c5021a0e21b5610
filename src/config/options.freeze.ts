import { inspect, type InspectOptions } from 'node:util';
import { deepFreeze } from './deep.freeze.js';
import type { ResolvedImpactOptions } from './impact.options.js';
import { maskedSecret } from './secret.mask.js';

/**
 * Freezes the options and hides the secrets in them: they are accessors that no enumeration sees, so console.log,
 * JSON, a spread and an error reporter that walks objects all pass them by.
 */
export function freezeOptions(options: ResolvedImpactOptions): ResolvedImpactOptions {
  const { authToken, postbacks, ...rest } = options;
  const { secrets, ...others } = postbacks;
  const kept = Object.freeze([...secrets]);
  const visible = { ...rest, postbacks: Object.defineProperty(others, 'secrets', { get: () => kept }) };
  const hidden = {
    authToken: { get: () => authToken },
    [inspect.custom]: {
      value: (_depth: number, settings: InspectOptions) =>
        inspect({ ...visible, authToken: `[${maskedSecret(authToken)}]` }, settings),
    },
  };
  return deepFreeze(Object.defineProperties({ ...visible }, hidden)) as ResolvedImpactOptions;
}
