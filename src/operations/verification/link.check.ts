import { decodeToken } from '../../capture/index.js';
import type { BrowserVisit } from './browser.probe.js';
import { followLink, type Followed } from './chain.follower.js';
import { judgeClickId, judgeLink, placeOf, readChain } from './chain.rules.js';
import { clickCookie, type CookieContext, judgeCheckout, judgeCookie, reaches } from './cookie.rules.js';
import { Findings, type VerificationTools } from './verification.tools.js';
import type { Finding, SeenCookie, VerificationState } from './verification.types.js';

/** Clicks are gathered and written in batches: a moment later they are in the database. */
const WRITTEN_WITHIN = 5_000;
/** A shop that has not set the cookie has not seen the click either. */
const WRITTEN_ALL_THE_SAME = 500;
const BROWSER_TIMEOUT = 20_000;

/** Follows the tracking link and looks at everything that the visitor's way depends on. */
export async function checkLink(state: VerificationState, tools: VerificationTools): Promise<void> {
  const findings = new Findings(state, null, tools);
  const { capture } = tools.options;
  tools.observer.waiting('the tracking link', null);
  const followed = await followLink(state.plan.link, tools.signal);
  if (tools.signal.aborted) return;
  findings.add(judgeLink(followed.hops, followed.failure));
  const reading = readChain(followed.hops, capture.parameters);
  state.chain.splice(0, Infinity, ...reading.lines);
  state.clickId = reading.clickId;
  state.partnerId = state.plan.partnerId ?? reading.partnerId;
  if (reading.clickId === null || reading.firstHop === null) {
    findings.add(judgeClickId(reading, false));
    return;
  }
  state.landingUrl = followed.hops[reading.firstHop]!.url;
  const context: CookieContext = {
    expected: { ...capture.cookie, referralWindow: capture.referralWindow },
    clickId: reading.clickId,
    landingUrl: state.landingUrl,
    checkoutHost: state.plan.checkoutHost,
    clickIdIn: (value) =>
      decodeToken(value, Date.now() + capture.referralWindow / 2, capture.referralWindow)?.clickId ?? null,
  };
  const set = clickCookie(followed.hops, capture.cookie.name);
  findings.add(
    judgeClickId(reading, set !== null && context.clickIdIn(set.cookie.value) === reading.clickId),
  );
  const visit = await visitWithBrowser(context, tools);
  const kept = visit?.cookies.find(isClickCookie(context)) ?? null;
  const cookie = set?.cookie ?? kept;
  findings.add(
    cookie === null && mayCaptureByScript(followed, tools)
      ? unseenScript(context)
      : judgeCookie(cookie, set?.hop ?? null, context),
  );
  findings.add(judgeCheckout(cookie, context));
  findings.add(judgeBrowser(visit, kept, context, tools));
  findings.add(
    await checkStored(
      context,
      isClickCookieOf(context, cookie) ? WRITTEN_WITHIN : WRITTEN_ALL_THE_SAME,
      tools,
    ),
  );
}

const isClickCookie =
  ({ expected, clickId, clickIdIn }: CookieContext) =>
  ({ name, value }: SeenCookie): boolean =>
    name === expected.name && clickIdIn(value) === clickId;

const isClickCookieOf = (context: CookieContext, cookie: SeenCookie | null): boolean =>
  cookie !== null && isClickCookie(context)(cookie);

async function visitWithBrowser(
  context: CookieContext,
  { browser, signal, observer }: VerificationTools,
): Promise<BrowserVisit | null> {
  if (browser === null || signal.aborted) return null;
  observer.waiting(`the landing page in ${browser.name}`, null);
  try {
    return await browser.visit(context.landingUrl, {
      timeout: BROWSER_TIMEOUT,
      enough: (cookies) => cookies.some(isClickCookie(context)),
    });
  } catch {
    return null;
  }
}

/** Without a browser nobody can say what a script of the page does. */
const mayCaptureByScript = ({ html }: Followed, { browser }: VerificationTools): boolean =>
  browser === null && /<script\b[^>]*\bsrc=["'][^"']*\/click\/script\.js/i.test(html);

const unseenScript = ({ expected }: CookieContext): Finding => ({
  step: 'cookie',
  outcome: 'not-proved',
  expected: `${expected.name} with the click id`,
  seen: 'the page captures by script, which only a browser runs',
  fix: 'Install Chromium or Chrome, or name one with --browser.',
});

function judgeBrowser(
  visit: BrowserVisit | null,
  kept: SeenCookie | null,
  { expected, checkoutHost, landingUrl }: CookieContext,
  { browser }: VerificationTools,
): Finding {
  const host = checkoutHost ?? new URL(landingUrl).hostname;
  const wanted = `a real browser keeps ${expected.name} and sends it to ${host}`;
  const result = (outcome: Finding['outcome'], seen: string, fix: string | null): Finding => ({
    step: 'browser',
    outcome,
    expected: wanted,
    seen,
    fix,
  });
  if (browser === null)
    return result(
      'not-proved',
      'no browser was used',
      'Install Chromium or Chrome, or name one with --browser.',
    );
  if (visit === null)
    return result(
      'not-proved',
      `${browser.name} could not open the page`,
      'Open the landing page in a browser and look at its cookies.',
    );
  if (kept === null) {
    return result(
      'failed',
      `${browser.name} ended at ${placeOf(visit.url)} without it`,
      'See the cookie above; open the page in a browser and look at what its console says of cookies.',
    );
  }
  return reaches(kept, host)
    ? result('proved', `${browser.name} keeps it for ${kept.domain ?? kept.host}`, null)
    : result(
        'failed',
        `${browser.name} keeps it for ${kept.domain ?? kept.host} alone`,
        'Set capture.cookie.domain, see above.',
      );
}

async function checkStored(
  { clickId }: CookieContext,
  patience: number,
  { reader, pacer, observer }: VerificationTools,
): Promise<Finding> {
  observer.waiting('the click in the shop’s database', null);
  const found = await pacer.until(async () => ((await reader.hasClick(clickId)) ? true : null), patience);
  const base = { step: 'capture', expected: `click ${clickId} is in impact_clicks` } as const;
  return found === true
    ? { ...base, outcome: 'proved', seen: 'it is, byte for byte', fix: null }
    : {
        ...base,
        outcome: 'failed',
        seen: 'it is not',
        fix: 'When the cookie is right, this command looks into another database than the running app: name the app’s with --database. Otherwise mend the cookie first.',
      };
}
