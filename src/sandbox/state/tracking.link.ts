import { SandboxOptionError } from '../sandbox.errors.js';
import type { Sandbox } from './sandbox.state.js';

export interface TrackingLinkOptions {
  /** Absolute http(s) address; may hold macros such as `{clickid}`. */
  landingUrl: string;
  partnerId?: string;
  /** A link of the test partner: its actions pay nothing. Default: `false`. */
  test?: boolean;
  /** Default: the first program. */
  programId?: string;
  /** Default: `98765`. */
  adId?: string;
  sharedId?: string;
  subId1?: string;
  subId2?: string;
  subId3?: string;
}

const AD_ID = '98765';

export function trackingLink(sandbox: Sandbox, to: TrackingLinkOptions): string {
  const { partners, programs } = sandbox.settings;
  const partner = partners.find(({ id, test }) =>
    to.partnerId === undefined ? test === (to.test ?? false) : id === to.partnerId,
  );
  const program = to.programId === undefined ? programs[0] : programs.find(({ id }) => id === to.programId);
  if (!partner)
    throw new SandboxOptionError('trackingLink.partnerId', to.partnerId, 'there is no such partner.');
  if (!program)
    throw new SandboxOptionError('trackingLink.programId', to.programId, 'there is no such program.');
  if (!URL.canParse(to.landingUrl) || !/^https?:/i.test(to.landingUrl)) {
    throw new SandboxOptionError(
      'trackingLink.landingUrl',
      to.landingUrl,
      'give an absolute http(s) address.',
    );
  }
  const domains = sandbox.linkedDomains.get(program.id) ?? new Set<string>();
  sandbox.linkedDomains.set(program.id, domains.add(new URL(to.landingUrl).hostname));
  const query = Object.entries({
    subId1: to.subId1,
    subId2: to.subId2,
    subId3: to.subId3,
    sharedid: to.sharedId,
    u: to.landingUrl,
  })
    .filter((entry): entry is [string, string] => Boolean(entry[1]))
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
  return `${sandbox.url}/c/${partner.id}/${to.adId ?? AD_ID}/${program.id}?${query}`;
}
