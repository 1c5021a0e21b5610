import type { OptionProblem } from './configuration.error.js';
import { environmentVariables, type EnvironmentOption } from './environment.js';
import { readDuration } from './duration.js';
import type { OptionsSchema } from './options.schema.js';
import { pageLoadBaseUrl } from './page-load.options.js';
import { maskedSecret, shown, shownOption } from './secret.mask.js';

/** What the module has that needs values. */
export interface Built {
  /** The endpoint for event notifications. */
  readonly postbacks: boolean;
  /** The dashboard, when there is one. */
  readonly dashboard?: 'guarded' | 'unguarded' | undefined;
}

/** What the rules between options look at. */
export interface Settings {
  readonly schema: OptionsSchema;
  readonly production: boolean;
  readonly built: Built;
}

/** A rule between options, asked only when each of them is right by itself. */
interface Rule {
  readonly options: readonly string[];
  readonly check: (settings: Settings) => Omit<OptionProblem, 'option' | 'variable'> | null;
}

const CREDENTIALS = [
  'accountSid',
  'authToken',
  'campaignId',
  'eventTypeId',
] as const satisfies EnvironmentOption[];

/** Values that are there; missing ones are another rule's business. */
const ms = (duration: unknown): number => readDuration(duration) ?? 0;

/** Credentials that `live` needs and that are not there. */
export const missingCredentials = (schema: OptionsSchema): EnvironmentOption[] =>
  CREDENTIALS.filter((option) => schema[option] === undefined);

const required = (option: (typeof CREDENTIALS)[number]): Rule => ({
  options: [option, 'mode'],
  check: ({ schema }) =>
    schema.mode === 'live' && schema[option] === undefined
      ? {
          received: 'not set',
          rule: "required in mode 'live'",
          fix: `set ${environmentVariables[option]} or the option, or use mode 'dry-run' until you have it`,
        }
      : null,
});

const isImpactHost = (host: string): boolean => host === 'impact.com' || host.endsWith('.impact.com');

/** Milliseconds of a lease that are left for everything but the call. */
const SHORTEST_MARGIN = 1000;

const RULES: readonly Rule[] = [
  ...CREDENTIALS.map(required),
  {
    options: ['accountSid', 'allowAnyBaseUrl'],
    check: ({ schema: { accountSid, allowAnyBaseUrl } }) =>
      accountSid === undefined || allowAnyBaseUrl || accountSid.startsWith('IR')
        ? null
        : {
            received: shownOption('accountSid', accountSid),
            rule: "an Account SID begins with 'IR'",
            fix: 'copy it from impact.com, Settings → Technical → API; look whether it was swapped with the Auth Token',
          },
  },
  {
    options: ['authToken', 'accountSid'],
    check: ({ schema: { accountSid, authToken } }) =>
      authToken === undefined || authToken !== accountSid
        ? null
        : {
            received: `${maskedSecret(authToken)}, the same as accountSid`,
            rule: 'the Auth Token is another text than the Account SID',
            fix: 'copy both again from impact.com, Settings → Technical → API',
          },
  },
  {
    options: ['baseUrl'],
    check: ({ schema: { baseUrl } }) => {
      const { username, password, search, hash } = new URL(baseUrl);
      return username + password + search + hash === ''
        ? null
        : {
            received: `a URL of ${new URL(baseUrl).host} with more than protocol, host and path`,
            rule: 'a URL without credentials, query and fragment',
            fix: 'give credentials as accountSid and authToken, and leave the rest away',
          };
    },
  },
  {
    options: ['baseUrl', 'allowAnyBaseUrl'],
    check: ({ schema: { baseUrl, allowAnyBaseUrl } }) => {
      const { protocol, hostname } = new URL(baseUrl);
      return allowAnyBaseUrl || (protocol === 'https:' && isImpactHost(hostname))
        ? null
        : {
            received: shown(`${protocol}//${hostname}`),
            rule: 'https on impact.com or one of its subdomains, because the credentials go there',
            fix: 'use https://api.impact.com; for a sandbox also set allowAnyBaseUrl (IMPACT_ALLOW_ANY_BASE_URL=true)',
          };
    },
  },
  {
    options: ['capture.pageLoad', 'allowAnyBaseUrl'],
    check: ({ schema: { capture, allowAnyBaseUrl } }) => {
      if (capture.pageLoad === false) return null;
      const { protocol, hostname, username, password, search, hash } = new URL(
        pageLoadBaseUrl(capture.pageLoad),
      );
      const secure = allowAnyBaseUrl || (protocol === 'https:' && isImpactHost(hostname));
      return secure && username + password + search + hash === ''
        ? null
        : {
            received: shown(`${protocol}//${hostname}`),
            rule: 'its baseUrl is https on impact.com or one of its subdomains, without credentials, query and fragment',
            fix: 'leave baseUrl out; for a sandbox also set allowAnyBaseUrl (IMPACT_ALLOW_ANY_BASE_URL=true)',
          };
    },
  },
  {
    options: ['allowAnyBaseUrl', 'mode'],
    check: ({ schema: { allowAnyBaseUrl, mode }, production }) =>
      allowAnyBaseUrl && mode === 'live' && production
        ? {
            received: 'true',
            rule: "not together with mode 'live' under NODE_ENV=production",
            fix: "remove it; to rehearse against a sandbox set mode 'dry-run' or another NODE_ENV",
          }
        : null,
  },
  {
    options: ['capture.cookie.sameSite', 'capture.cookie.secure'],
    check: ({ schema: { capture } }) =>
      capture.cookie.sameSite === 'none' && !capture.cookie.secure
        ? {
            received: "'none', with capture.cookie.secure false",
            rule: 'browsers refuse SameSite=None without Secure',
            fix: "set capture.cookie.secure to true, or sameSite to 'lax'",
          }
        : null,
  },
  {
    options: ['capture.cookie.name', 'capture.cookie.secure'],
    check: ({ schema: { capture } }) =>
      /^__(secure|host)-/i.test(capture.cookie.name) && !capture.cookie.secure
        ? {
            received: `${shown(capture.cookie.name)}, with capture.cookie.secure false`,
            rule: 'browsers refuse a cookie whose name begins with __Secure- or __Host- without Secure',
            fix: 'set capture.cookie.secure to true, or choose a name without the prefix',
          }
        : null,
  },
  {
    options: ['capture.cookie.name', 'capture.cookie.domain', 'capture.cookie.path'],
    check: ({ schema: { capture } }) =>
      /^__host-/i.test(capture.cookie.name) &&
      (capture.cookie.domain !== undefined || capture.cookie.path !== '/')
        ? {
            received: `${shown(capture.cookie.name)}, with domain ${shown(capture.cookie.domain)} and path ${shown(capture.cookie.path)}`,
            rule: "browsers refuse a cookie whose name begins with __Host- with a domain or another path than '/'",
            fix: 'leave out capture.cookie.domain and path, or choose a name without the prefix',
          }
        : null,
  },
  {
    options: ['recording.amountLimits.decimals', 'recording.amountLimits.digits'],
    check: ({ schema: { recording } }) =>
      recording.amountLimits.decimals > recording.amountLimits.digits
        ? {
            received: `${recording.amountLimits.decimals}, with ${recording.amountLimits.digits} digits`,
            rule: 'at most recording.amountLimits.digits, which counts the digits on both sides of the point',
            fix: 'raise digits or lower decimals',
          }
        : null,
  },
  compared(
    'delivery.lease',
    ({ delivery }) => delivery.lease,
    'delivery.timeout',
    ({ delivery }) => delivery.timeout,
    // A row whose lease leaves no time for a call goes back, and so would each row at once.
    (lease, timeout) => lease >= timeout + SHORTEST_MARGIN,
    {
      rule: 'a second longer than delivery.timeout, or a second process sends what the first is still sending',
      fix: 'raise the lease or lower the timeout',
    },
  ),
  atLeast(
    'delivery.backoff.cap',
    ({ delivery }) => delivery.backoff.cap,
    'delivery.backoff.base',
    ({ delivery }) => delivery.backoff.base,
    { rule: 'at least delivery.backoff.base', fix: 'raise the cap or lower the base' },
  ),
  longer(
    'verdicts.giveUpAfter',
    ({ verdicts }) => verdicts.giveUpAfter,
    'verdicts.lookupAfter',
    ({ verdicts }) => verdicts.lookupAfter,
    {
      rule: 'longer than verdicts.lookupAfter, or every sale is given up on before its first look-up',
      fix: 'raise giveUpAfter or lower lookupAfter',
    },
  ),
  {
    options: ['postbacks.secret'],
    check: ({ schema, built }) =>
      built.postbacks && schema.postbacks.secret === undefined
        ? {
            received: 'not set',
            rule: 'required while postbacks.path is given: without it anybody could change what the ledger says',
            fix: `set ${environmentVariables['postbacks.secret']} to the output of: openssl rand -hex 32`,
          }
        : null,
  },
  {
    options: ['dashboard.guards'],
    check: ({ production, built }) =>
      production && built.dashboard === 'unguarded'
        ? {
            received: 'not set',
            rule: 'at least one guard under NODE_ENV=production: the dashboard shows what the shop sells, and acts',
            fix: "give the guard of your staff pages, as in dashboard: { path: '/impact', guards: [StaffGuard] }, also when it is a global guard",
          }
        : null,
  },
  atLeast(
    'retention.clicks',
    ({ retention, capture }) => retention.clicks ?? capture.referralWindow,
    'capture.referralWindow',
    ({ capture }) => capture.referralWindow,
    {
      rule: 'at least capture.referralWindow, or clicks are gone while they may still earn a sale',
      fix: 'raise it, or leave it out to keep clicks for the referral window',
    },
  ),
];

type Reading = (schema: OptionsSchema) => unknown;
type Words = Pick<OptionProblem, 'rule' | 'fix'>;

function longer(option: string, read: Reading, than: string, readThan: Reading, words: Words): Rule {
  return compared(option, read, than, readThan, (value, other) => value > other, words);
}

function atLeast(option: string, read: Reading, than: string, readThan: Reading, words: Words): Rule {
  return compared(option, read, than, readThan, (value, other) => value >= other, words);
}

function compared(
  option: string,
  read: Reading,
  than: string,
  readThan: Reading,
  holds: (value: number, other: number) => boolean,
  words: Words,
): Rule {
  return {
    options: [option, than],
    check: ({ schema }) =>
      holds(ms(read(schema)), ms(readThan(schema)))
        ? null
        : { received: `${shown(read(schema))}, with ${than} ${shown(readThan(schema))}`, ...words },
  };
}

/** Problems between options. `wrong`: those that already have a problem of their own. */
export function inconsistencies(
  settings: Settings,
  wrong: ReadonlySet<string>,
): Omit<OptionProblem, 'variable'>[] {
  return RULES.flatMap(({ options, check }) => {
    const [option] = options;
    if (option === undefined || options.some((name) => wrong.has(name))) return [];
    const problem = check(settings);
    return problem === null ? [] : [{ option, ...problem }];
  });
}
