import { isIP } from 'node:net';
import type { ResolvedImpactOptions } from '../../config/index.js';
import { bad, type Finding, good, warning } from './finding.js';

type Cookie = ResolvedImpactOptions['capture']['cookie'];

const ABOUT = 'cookie';

const isLocal = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || isIP(host) !== 0;

/**
 * Whether browsers will keep the click's cookie and send it to every site of the shop.
 *
 * @param sites where people land, sign in and check out.
 */
export function cookieFindings({ domain, path, secure, sameSite }: Cookie, sites: readonly URL[]): Finding[] {
  if (sites.length === 0) {
    return [
      warning(
        ABOUT,
        `${domain === null ? 'is for the landing host alone' : `is for ${domain}`}; not compared with a site`,
        'Give --site https://www.example.com, once for each host on which people land or check out.',
      ),
    ];
  }
  const hosts = [...new Set(sites.map(({ hostname }) => hostname.replace(/^\[|\]$/g, '')))];
  const findings = [
    ...(domain === null ? hostOnly(hosts) : withDomain(domain.replace(/^\./, '').toLowerCase(), hosts)),
    ...sites.filter((site) => secure && site.protocol === 'http:' && !isLocal(site.hostname)).map(notSecure),
    ...(path === '/'
      ? []
      : [
          warning(
            ABOUT,
            `is sent below ${path} alone`,
            'Leave capture.cookie.path out, unless the whole shop is there.',
          ),
        ]),
    ...(sameSite === 'strict'
      ? [
          warning(
            ABOUT,
            'is SameSite=Strict: browsers keep it back when people return from a payment page',
            "Set capture.cookie.sameSite to 'lax'.",
          ),
        ]
      : []),
  ];
  return findings.length > 0
    ? findings
    : [
        good(
          ABOUT,
          `browsers keep it on ${hosts.join(' and ')}${domain === null ? ', and on no other host' : ''}`,
        ),
      ];
}

function hostOnly(hosts: readonly string[]): Finding[] {
  if (hosts.length === 1) return [];
  const shared = sharedDomain(hosts);
  return [
    bad(
      ABOUT,
      `is for one host alone, and ${hosts.join(' and ')} are different ones: a click of the one is unknown on the other`,
      shared === null
        ? 'They share no domain: carry the click over (docs/capture.md).'
        : `Set capture.cookie.domain to '.${shared}'.`,
    ),
  ];
}

function withDomain(domain: string, hosts: readonly string[]): Finding[] {
  if (!domain.includes('.') || isIP(domain) !== 0) {
    return [
      bad(
        ABOUT,
        `has the domain ${domain}, which browsers refuse`,
        'Leave capture.cookie.domain out, or give a domain of your own.',
      ),
    ];
  }
  const outside = hosts.filter((host) => host !== domain && !host.endsWith(`.${domain}`));
  if (outside.length === 0) return [];
  const shared = sharedDomain(hosts);
  return [
    bad(
      ABOUT,
      `has the domain ${domain}, and browsers refuse that on ${outside.join(' and ')}`,
      shared === null
        ? 'Leave capture.cookie.domain out; hosts without a domain in common need the click carried over (docs/capture.md).'
        : `Set capture.cookie.domain to '.${shared}'.`,
    ),
  ];
}

const notSecure = (site: URL): Finding =>
  bad(
    ABOUT,
    `is Secure, and browsers drop such cookies on ${site.protocol}//${site.hostname}`,
    'Serve the shop by https; capture.cookie.secure: false is for tests alone.',
  );

/** The longest domain of at least two labels that all hosts are in. */
function sharedDomain(hosts: readonly string[]): string | null {
  const [first = [], ...others] = hosts.map((host) => host.split('.').toReversed());
  if (hosts.some(isLocal)) return null;
  const labels: string[] = [];
  for (const [index, label] of first.entries()) {
    if (!others.every((each) => each[index] === label)) break;
    labels.push(label);
  }
  return labels.length < 2 ? null : labels.toReversed().join('.');
}
