import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { parseCookie, stringifySetCookie } from 'cookie';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../../config/index.js';
import type { DashboardRequest } from './dashboard.request.js';

const COOKIE = 'impact_dashboard';
const IS_SECRET = /^[A-Za-z0-9_-]{43}$/;

/** What a page needs for a form that acts. */
export interface IssuedForm {
  /** Goes into the form. */
  readonly token: string;
  /** `Set-Cookie` that has to go with the page; null when the browser has the cookie already. */
  readonly cookie: string | null;
}

/**
 * Keeps other sites' pages from acting in the name of somebody who may see the dashboard.
 *
 * - The request must come from a page of the same origin, as the browser itself says.
 * - The form carries a token for this very act, bound to a cookie that no script can read. Who only plants a
 *   cookie cannot make the token: it is signed with a key that every process of the app derives.
 */
@Injectable()
export class DashboardForms {
  readonly #key: Buffer;

  constructor(@Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions) {
    // A dry run may have no token: then the key is this process's own.
    const { authToken } = options;
    this.#key = createHmac('sha256', authToken === '' ? randomBytes(32) : authToken)
      .update('nestjs-impact: forms of the dashboard')
      .digest();
  }

  /** @param act what the form does, and to what. */
  issue(request: DashboardRequest, act: string): IssuedForm {
    const known = secretOf(request);
    const secret = known ?? randomBytes(32).toString('base64url');
    return {
      token: this.#sign(secret, act),
      cookie:
        known === null
          ? stringifySetCookie({
              name: COOKIE,
              value: secret,
              httpOnly: true,
              sameSite: 'strict',
              secure: this.options.capture.cookie.secure,
            })
          : null,
    };
  }

  /** Whether the form was sent from one of our own pages, by whoever was shown it. */
  allows(request: DashboardRequest, act: string, token: unknown): boolean {
    const secret = secretOf(request);
    if (secret === null || typeof token !== 'string' || !isSameOrigin(request)) return false;
    const [given, expected] = [Buffer.from(token), Buffer.from(this.#sign(secret, act))];
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  #sign(secret: string, act: string): string {
    return createHmac('sha256', this.#key).update(`${secret}\n${act}`).digest('base64url');
  }
}

function secretOf({ headers }: DashboardRequest): string | null {
  const secret = parseCookie(one(headers['cookie']) ?? '')[COOKIE];
  return secret !== undefined && IS_SECRET.test(secret) ? secret : null;
}

/** Browsers say where a form comes from; older ones by its origin alone. Whoever says nothing is refused. */
function isSameOrigin({ headers }: DashboardRequest): boolean {
  const site = one(headers['sec-fetch-site']);
  if (site !== undefined) return site === 'same-origin';
  const origin = one(headers['origin']);
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === one(headers['host']);
}

const one = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join('; ') : value;
