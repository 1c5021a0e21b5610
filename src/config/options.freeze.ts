import { inspect, type InspectOptions } from 'node:util';
import { deepFreeze } from './deep.freeze.js';
import type { ResolvedImpactOptions } from './impact.options.js';
import { maskedSecret } from './secret.mask.js';

/**
 * Freezes the options and hides the token in them: it is an accessor that no enumeration sees, so console.log,
 * JSON, a spread and an error reporter that walks objects all pass it by.
 */
export function freezeOptions(options: ResolvedImpactOptions): ResolvedImpactOptions {
  const { authToken, ...visible } = options;
  const hidden = {
    authToken: { get: () => authToken },
    [inspect.custom]: {
      value: (_depth: number, settings: InspectOptions) =>
        inspect({ ...visible, authToken: `[${maskedSecret(authToken)}]` }, settings),
    },
  };
  return deepFreeze(Object.defineProperties({ ...visible }, hidden)) as ResolvedImpactOptions;
}
