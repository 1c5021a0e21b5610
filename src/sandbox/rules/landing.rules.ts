import { encodeMacros } from './macro.rules.js';

export interface LandingClick {
  readonly clickId: string;
  readonly clickIdParameter: string;
  readonly partnerId: string;
  readonly partnerName: string;
  readonly programId: string;
  readonly adId: string;
  readonly sharedId: string;
}

/** Whether a deep link may be followed: http(s), and a listed domain or one below it (docs/vendor-contract.md §10.1). */
export function isAllowedDeepLink(deepLink: string, domains: Iterable<string>): boolean {
  const url = URL.canParse(deepLink) ? new URL(deepLink) : null;
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) return false;
  const host = url.hostname.toLowerCase();
  return [...domains].some((domain) => {
    const allowed = domain.toLowerCase();
    return host === allowed || host.endsWith(`.${allowed}`);
  });
}

/** The address the visitor lands on: what was there stays as it is, the gateway's parameters come after it. */
export function landingAddress(target: string, click: LandingClick): string {
  const macros = {
    clickid: click.clickId,
    irpid: click.partnerId,
    ircid: click.programId,
    iradid: click.adId,
    irmpname: click.partnerName,
    sharedid: click.sharedId,
  };
  const filled = encodeMacros(decodeMacroBraces(target), macros, encodeURIComponent);
  const [address = '', ...fragment] = filled.split('#');
  const parameters = [
    [click.clickIdParameter, click.clickId],
    ['sharedid', click.sharedId],
    ['irpid', click.partnerId],
    ['utm_source', 'Impact'],
    ['utm_medium', 'Affiliate'],
    ['irgwc', '1'],
    ['afsrc', '1'],
    ['irmpname', click.partnerName],
  ]
    .map(([name, value]) => `${encodeURIComponent(name ?? '')}=${encodeURIComponent(value ?? '')}`)
    .join('&');
  const joint = address.includes('?') ? (/[?&]$/.test(address) ? '' : '&') : '?';
  return `${address}${joint}${parameters}${fragment.length > 0 ? `#${fragment.join('#')}` : ''}`;
}

/** A link maker may have encoded the braces once more than the outer `u` needs. */
const decodeMacroBraces = (target: string): string => target.replaceAll(/%7B([A-Za-z]+)%7D/gi, '{$1}');
