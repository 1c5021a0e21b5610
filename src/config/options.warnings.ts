import { environmentVariables, type EnvironmentOption } from './environment.js';
import type { ResolvedImpactOptions } from './impact.options.js';
import type { Built } from './options.consistency.js';

/** Browsers cut the life of every cookie to this. */
const LONGEST_COOKIE = 400 * 86_400_000;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** What is allowed and still worth a line in the log at boot. */
export function warningsFor(
  options: ResolvedImpactOptions,
  missing: readonly EnvironmentOption[],
  built: Pick<Built, 'dashboard'> = {},
): string[] {
  const warnings: string[] = [];
  if (built.dashboard === 'unguarded') {
    warnings.push(
      'The dashboard has NO GUARD: everybody who reaches this app sees every sale and may retry some. ' +
        'Give dashboard.guards; under NODE_ENV=production the app does not start without.',
    );
  }
  if (options.mode === 'dry-run') {
    warnings.push(
      "Mode is 'dry-run': sales are recorded and rendered, and nothing is sent to impact.com. " +
        'Set IMPACT_MODE=live to send. Sales recorded until then stay unsent.',
    );
  }
  if (missing.length > 0) {
    const names = missing.map((option) => `${option} (${environmentVariables[option]})`).join(', ');
    warnings.push(
      `Not set: ${names}. The dry run uses placeholders for them, and what is recorded with placeholders ` +
        `can never be sent. Set them to rehearse with your own account's values.`,
    );
  }
  const { protocol, hostname } = new URL(options.baseUrl);
  if (protocol === 'http:' && !LOOPBACK.test(hostname)) {
    warnings.push(
      `baseUrl is plain http on ${hostname}: credentials and customer data travel unencrypted. Use https.`,
    );
  }
  if (options.capture.referralWindow > LONGEST_COOKIE) {
    warnings.push(
      'capture.referralWindow is longer than 400 days: browsers keep a cookie for 400 days at most. ' +
        'Clicks linked to a customer count for the whole window.',
    );
  }
  return warnings;
}
