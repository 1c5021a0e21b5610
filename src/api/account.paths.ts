import { ImpactConfigurationError } from '../config/index.js';

const ACCOUNT_SID = /^[A-Za-z0-9]{1,64}$/;

/**
 * Builds the addresses of one account, and decides which addresses out of answers may be followed: only
 * those on the configured origin and under the account's own path, because the credentials go along.
 */
export class AccountPaths {
  readonly #base: URL;
  readonly #prefix: string;
  readonly #accountSid: string;

  constructor(baseUrl: string, accountSid: string) {
    this.#base = new URL(baseUrl);
    this.#prefix = this.#base.pathname.replace(/\/+$/, '');
    this.#accountSid = accountSid;
  }

  /**
   * An address below the account; each segment is escaped, so none can climb out.
   *
   * @throws ImpactConfigurationError when the account id is not letters and digits.
   */
  to(segments: readonly string[], query: readonly (readonly [string, string])[] = []): URL {
    const url = new URL(this.#base.origin);
    url.pathname = this.#account() + segments.map(escapeSegment).join('/');
    for (const [name, value] of query) url.searchParams.append(name, value);
    return url;
  }

  /** The address that a URI of an answer means, or `null` when it leads anywhere else. */
  follow(uri: string): URL | null {
    // Answers name paths from the vendor's root, which the base URL may have moved.
    const moved = uri.startsWith('/Advertisers/') ? this.#prefix + uri : uri;
    if (!URL.canParse(moved, this.#base.href)) return null;
    const url = new URL(moved, this.#base);
    const ours =
      url.origin === this.#base.origin &&
      url.username === '' &&
      url.password === '' &&
      url.pathname.startsWith(this.#account()) &&
      !/%2f|%5c/i.test(url.pathname);
    return ours ? url : null;
  }

  /** Checked on use, not on creation: in a dry run there may be no account yet. */
  #account(): string {
    if (!ACCOUNT_SID.test(this.#accountSid)) {
      throw new ImpactConfigurationError([
        {
          option: 'accountSid',
          variable: 'IMPACT_ACCOUNT_SID',
          received: `${this.#accountSid.length} characters`,
          rule: 'letters and digits only: it becomes part of a path',
          fix: 'copy the Account SID from Settings → Technical → API',
        },
      ]);
    }
    return `${this.#prefix}/Advertisers/${this.#accountSid}/`;
  }
}

/** The last part of a URI's path, unescaped: what names a submission. */
export function lastSegment(uri: string): string | null {
  const segment =
    uri
      .replace(/[?#].*$/, '')
      .replace(/\/+$/, '')
      .split('/')
      .at(-1) ?? '';
  try {
    return decodeURIComponent(segment) || null;
  } catch {
    return segment || null;
  }
}

function escapeSegment(segment: string): string {
  // No escape keeps ``, `.` and `..` from being resolved as directions: in brackets they name nothing, a 404.
  return encodeURIComponent(/^\.{0,2}$/.test(segment) ? `[${segment}]` : segment);
}
