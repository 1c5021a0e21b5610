import type { Sandbox } from '../state/sandbox.state.js';

/** What to paste into the `.env` of the app that is to talk to this sandbox. */
export function environmentLines(sandbox: Sandbox): string {
  const { accountSid, authToken, programs, eventTypes } = sandbox.settings;
  return [
    `IMPACT_BASE_URL=${sandbox.url}`,
    'IMPACT_ALLOW_ANY_BASE_URL=true',
    `IMPACT_ACCOUNT_SID=${accountSid}`,
    `IMPACT_AUTH_TOKEN=${authToken}`,
    `IMPACT_CAMPAIGN_ID=${programs[0]?.id ?? ''}`,
    `IMPACT_EVENT_TYPE_ID=${eventTypes[0]?.id ?? ''}`,
    'IMPACT_MODE=live',
    'IMPACT_ENVIRONMENT=sandbox',
  ].join('\n');
}
