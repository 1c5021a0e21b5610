import { get } from 'node:http';
import type { ImpactSandbox } from '../sandbox/index.js';
import { ImpactTestingError } from './testing.error.js';

export interface FollowOptions {
  /** Page of the shop that the link leads to: a path, or an absolute address. Default `/`. */
  landingUrl?: string;
  /** Default: the sandbox's first partner. */
  partnerId?: string;
  /** Follow a link of the test partner: its actions pay nothing. Default `false`. */
  test?: boolean;
}

/** What arrives at the shop when a visitor has followed a partner's link. */
export interface Landing {
  readonly clickId: string;
  /** With `im_ref` and what else impact.com adds. */
  readonly url: string;
  /** Path and query of {@link url}: what supertest takes. */
  readonly path: string;
}

/** Nothing is ever sent there: only the path is asked for. */
const SHOP = 'https://shop.example';

/** Follows a partner's link as a browser does, up to the shop's door. */
export async function followLink(
  sandbox: ImpactSandbox,
  { landingUrl = '/', partnerId, test }: FollowOptions = {},
): Promise<Landing> {
  const link = sandbox.trackingLink({
    landingUrl: new URL(landingUrl, SHOP).href,
    ...(partnerId !== undefined && { partnerId }),
    ...(test !== undefined && { test }),
  });
  const url = await redirectOf(link);
  const click = (await sandbox.clicks()).findLast(({ redirectedTo }) => redirectedTo === url);
  if (url === null || click === undefined) {
    throw new ImpactTestingError(
      'The link was not followed: the sandbox did not redirect. Look at its faults and at program, partner and ' +
        'landing page of the link.',
    );
  }
  const { pathname, search } = new URL(url);
  return { clickId: click.id, url, path: pathname + search };
}

/** Not with `fetch`: tests put their own in its place. */
const redirectOf = (link: string): Promise<string | null> =>
  new Promise((resolve, reject) => {
    get(link, { agent: false, headers: { accept: 'text/html' } }, (answer) => {
      answer.resume();
      resolve(answer.headers.location ?? null);
    }).on('error', reject);
  });
