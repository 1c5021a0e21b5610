import {
  type Action,
  createImpactHttp,
  ImpactApiClient,
  ImpactApiError,
  ImpactApiRefusedError,
} from '../../api/index.js';
import type { ResolvedImpactOptions } from '../../config/index.js';
import { ImpactError } from '../../errors/index.js';
import { clockFinding } from './clock.rules.js';
import { bad, type Finding, good, warning } from './finding.js';

const DAY = 86_400_000;
/** A submission that nobody has: the answer 404 proves the right to ask. */
const NOBODYS = 'nestjs-impact-doctor';
const TOKEN = 'in impact.com under Settings → Technical → API';

export interface AccountLook {
  readonly findings: readonly Finding[];
  /** Calls that were made, to be taken out of the hour. */
  readonly calls: number;
}

/** What earlier writes of this app have proved. */
export interface Proofs {
  readonly sale: Date | null;
  readonly correction: Date | null;
}

/** Credentials, each scope that can be proved without a write, the event type, and the vendor's clock. */
export async function lookAtAccount(options: ResolvedImpactOptions): Promise<AccountLook> {
  if (options.authToken === '' || !options.accountSid.startsWith('IR')) {
    const says = 'no account id and token are set, so nothing can be asked';
    return {
      calls: 0,
      findings: [warning('credentials', says, `Set IMPACT_ACCOUNT_SID and IMPACT_AUTH_TOKEN, ${TOKEN}.`)],
    };
  }
  const http = createImpactHttp();
  try {
    return await look(new ImpactApiClient(http, options), options);
  } finally {
    for (const agent of [http.axiosRef.defaults.httpAgent, http.axiosRef.defaults.httpsAgent]) {
      (agent as { destroy(): void } | undefined)?.destroy();
    }
  }
}

async function look(api: ImpactApiClient, options: ResolvedImpactOptions): Promise<AccountLook> {
  const findings: Finding[] = [];
  const company = await tried(() => api.companyInformation());
  if (isRefused(company, 401)) {
    const says = `impact.com does not take ${options.accountSid.slice(0, 4)}… with this token (401)`;
    return {
      calls: 1,
      findings: [
        bad('credentials', says, `Compare IMPACT_ACCOUNT_SID and IMPACT_AUTH_TOKEN with those ${TOKEN}.`),
      ],
    };
  }
  if (company instanceof ImpactError && !(company instanceof ImpactApiRefusedError)) {
    return { calls: 1, findings: [unreachable(company)] };
  }
  if (company instanceof ImpactError) {
    findings.push(
      good('credentials', 'impact.com takes account id and token'),
      scopeFinding('Account: read', company),
    );
  } else {
    const { currency, timeZone } = company;
    const facts = [currency, timeZone].filter((fact) => fact !== null).join(', ');
    findings.push(
      good('credentials', `impact.com takes account id and token${facts === '' ? '' : ` (${facts})`}`),
      good('scope Account: read', 'granted'),
    );
  }
  const now = Date.now();
  const actions = await tried(() =>
    api.listActions({ actionDate: { from: new Date(now - 7 * DAY), to: new Date(now) } }),
  );
  findings.push(scopeFinding('Actions: read', actions));
  const submission = await tried(() => api.getSubmission(NOBODYS));
  findings.push(scopeFinding('Submissions: read', submission));
  const codes = await tried(() => api.listPromoCodes());
  findings.push(
    scopeFinding(
      'Promo codes: read',
      codes,
      'Sales with several codes go out with the first of them until then.',
    ),
  );
  findings.push(eventTypeFinding(actions instanceof ImpactError ? null : actions.actions, options));
  findings.push(await vendorClock(options.baseUrl, options.delivery.timeout));
  return { findings, calls: 4 };
}

async function tried<T>(call: () => Promise<T>): Promise<T | ImpactError> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ImpactError) return error;
    throw error;
  }
}

const isRefused = (answer: unknown, status: number): boolean =>
  answer instanceof ImpactApiRefusedError && answer.status === status;

const unreachable = (error: ImpactError): Finding => {
  const [says = '', ...rest] = error.message.split(/(?<=\.) /);
  return bad(
    'credentials',
    says.replace(/\.$/, ''),
    rest.join(' ') || 'Check network, proxy and IMPACT_BASE_URL.',
  );
};

/** @param without what happens without the scope, when that is bearable. */
export function scopeFinding(scope: string, answer: unknown, without?: string): Finding {
  const about = `scope ${scope}`;
  // Who may not ask at all is not told that something is wrong with the question.
  const isLetIn = isRefused(answer, 400) || isRefused(answer, 404);
  if (isLetIn || !(answer instanceof ImpactError)) return good(about, 'granted');
  if (isRefused(answer, 403)) {
    const fix = `Give it to the token, ${TOKEN}.${without === undefined ? '' : ` ${without}`}`;
    return without === undefined
      ? bad(about, 'the token lacks it (403)', fix)
      : warning(about, 'the token lacks it (403)', fix);
  }
  const status = answer instanceof ImpactApiError && answer.status !== null ? ` (${answer.status})` : '';
  return warning(about, `could not be found out${status}`, 'Run doctor again in a few minutes.');
}

/** What the program's actions of the last 7 days say of the event type; `null` when they cannot be read. */
export function eventTypeFinding(
  actions: readonly Pick<Action, 'actionTrackerId'>[] | null,
  { eventTypeId, campaignId }: Pick<ResolvedImpactOptions, 'eventTypeId' | 'campaignId'>,
): Finding {
  const about = 'event type';
  if (eventTypeId === '0' || campaignId === '0') {
    return warning(
      about,
      'IMPACT_CAMPAIGN_ID or IMPACT_EVENT_TYPE_ID is not set',
      'Set both; what is recorded without them can never be sent.',
    );
  }
  const ids = [...new Set((actions ?? []).map(({ actionTrackerId }) => actionTrackerId))].filter(
    (id) => id !== null,
  );
  if (ids.includes(eventTypeId)) return good(about, `${eventTypeId} has actions in program ${campaignId}`);
  return ids.length === 0
    ? warning(
        about,
        `${eventTypeId} is not proved: program ${campaignId} has no action of the last 7 days`,
        'Run nestjs-impact verify: only a sale can prove it.',
      )
    : warning(
        about,
        `the newest actions of program ${campaignId} are of ${ids.slice(0, 3).join(', ')}, and none of ${eventTypeId}`,
        'Compare IMPACT_EVENT_TYPE_ID with Settings → Tracking → Event Types, and run nestjs-impact verify.',
      );
}

/** Scopes that only a write can prove: what was sent before has done it. */
export function writeFindings({ sale, correction }: Proofs): Finding[] {
  const line = (scope: string, at: Date | null, by: string): Finding =>
    at === null
      ? warning(
          `scope ${scope}`,
          'only a write can prove it, and none was made yet',
          'Run nestjs-impact verify.',
        )
      : good(`scope ${scope}`, `proved by the ${by} of ${at.toISOString().slice(0, 10)}`);
  return [line('Conversions: write', sale, 'sale'), line('Actions: write', correction, 'correction')];
}

/** From the head of any answer: without credentials, to nowhere in particular. */
async function vendorClock(baseUrl: string, timeout: number): Promise<Finding> {
  const before = Date.now();
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeout);
  try {
    const answer = await fetch(baseUrl, { method: 'HEAD', redirect: 'manual', signal: deadline.signal });
    const at = Date.parse(answer.headers.get('date') ?? '');
    // The header has whole seconds: on average it is half a second old.
    if (!Number.isNaN(at)) return clockFinding('impact.com', at + 500 - (before + Date.now()) / 2, 1000);
  } catch {
    // Behind a proxy this way may be closed: the calls themselves have told whether impact.com can be reached.
  } finally {
    clearTimeout(timer);
  }
  return warning(
    'clock of impact.com',
    'could not be read',
    'Compare the time of this machine with any clock you trust.',
  );
}
