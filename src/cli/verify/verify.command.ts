import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  newRun,
  openOrders,
  reportAsHtml,
  reportAsMarkdown,
  runVerification,
  verdictOf,
  type BrowserProbe,
  type VerificationPlan,
  type VerificationState,
} from '../../operations/index.js';
import type { CliApp } from '../app.opener.js';
import { CliUsageError } from '../cli.errors.js';
import type { CliContext, CommandRegistration } from '../command.context.js';
import { EXIT, type ExitCode } from '../exit.codes.js';
import { canAsk, question, yesOrNo } from './ask.js';
import { ChromiumProbe, findBrowser } from './chromium.probe.js';
import { sandboxLink } from './sandbox.link.js';
import { StateFile } from './state.file.js';
import { addVerifyOptions, type VerifyOptions } from './verify.options.js';
import { isSandbox, verifyTools } from './verify.tools.js';
import { summaryLines, VerifyTeller } from './verify.words.js';

/** `verify`: the vendor's end-to-end test, with an order of a person's own or with synthetic ones. */
export const verifyCommand: CommandRegistration = (program, context) => {
  const command = program
    .command('verify')
    .summary('follows one order from the click to its reversal')
    .description('Follows a link, waits for an order, compares its action, and reverses it.');
  addVerifyOptions(command).action(
    context.does(async (options: VerifyOptions) =>
      context.withApp(async (app) => {
        const file = new StateFile(resolve(context.terminal.cwd, options.state));
        const state = await begin(app, context, options, file);
        const teller = new VerifyTeller(context.output, state.cases.length > 1);
        const tools = verifyTools(app, {
          drive: options.drive === true,
          timeout: options.timeout,
          signal: context.signal,
          browser: browserOf(options, context),
          observer: {
            found: (result, of) => teller.found(result, of),
            waiting: (what, of) => {
              if (what === 'your order') context.output.remark(placeIt(state));
              teller.waiting(what, of);
            },
          },
          confirm: async (text) =>
            options.confirm !== undefined
              ? options.confirm === 'yes'
              : canAsk()
                ? yesOrNo(text, context.signal)
                : null,
          save: (kept) => file.save(kept),
        });
        try {
          await runVerification(state, tools);
        } finally {
          teller.end();
        }
        const reports =
          options.report === undefined
            ? []
            : writeReports(state, resolve(context.terminal.cwd, options.report));
        return {
          data: {
            verdict: verdictOf(state),
            open: openOrders(state).map(({ of, is }) => ({ orderId: of.orderId, is })),
            reports,
            ...state,
          },
          lines: summaryLines(state, reports, context.output.width),
          exitCode: exitCodeOf(state, context),
        };
      }),
    ),
  );
};

function exitCodeOf(state: VerificationState, { signal }: CliContext): ExitCode {
  if (signal.aborted && state.finishedAt === null) return EXIT.interrupted;
  const verdict = verdictOf(state);
  return verdict === 'proved' || verdict === 'incomplete' ? EXIT.fine : EXIT.bad;
}

async function begin(
  app: CliApp,
  context: CliContext,
  options: VerifyOptions,
  file: StateFile,
): Promise<VerificationState> {
  const { accountSid: account, environment, campaignId } = app.options;
  if (options.resume === true) {
    const state = file.load();
    if (state.account !== maskOf(account) || state.environment !== environment) {
      throw new CliUsageError(
        '--resume: that run belongs to another account or environment. Set the variables that it was begun with.',
      );
    }
    // An order that was kept is changed and reversed now, unless it is to be kept on.
    return { ...state, finishedAt: null, plan: { ...state.plan, corrections: options.keep !== true } };
  }
  file.assertNothingOpen();
  const plan = await planOf(app, context, options);
  return newRun({
    id: randomBytes(4).toString('hex'),
    now: new Date(),
    account: maskOf(account),
    environment,
    campaignId,
    plan,
  });
}

/** Enough to tell accounts apart. */
const maskOf = (account: string): string => `${account.slice(0, 4)}…${account.slice(-4)}`;

async function planOf(
  app: CliApp,
  { output }: CliContext,
  options: VerifyOptions,
): Promise<VerificationPlan> {
  const { synthetic = false, via, eventType = [], order, partner, promoCode } = options;
  if (!synthetic && eventType.length > 1) {
    throw new CliUsageError(
      '--event-type was given several times: one order has one event type. Give one, or --synthetic.',
    );
  }
  if (synthetic && order !== undefined)
    throw new CliUsageError('--order and --synthetic were given together. Keep one of them.');
  if (output.json && options.link === undefined && options.landing === undefined) {
    throw new CliUsageError(
      '--link is missing. Give the tracking link of your test partner; with the sandbox, --landing with your page.',
    );
  }
  return {
    link: await linkOf(app, options),
    synthetic,
    via,
    eventTypes: eventType.length > 0 ? eventType : [app.options.eventTypeId],
    checkoutHost: options.checkoutHost ?? null,
    orderId: order ?? null,
    partnerId: partner ?? null,
    promoCode: promoCode ?? null,
    currency: options.currency,
    corrections: options.keep !== true,
  };
}

async function linkOf(app: CliApp, { link, landing, partner, via }: VerifyOptions): Promise<string> {
  if (link !== undefined) return link.href;
  if (landing !== undefined) {
    if (!isSandbox(app.options)) {
      throw new CliUsageError(
        '--landing makes a link in the sandbox, and impact.com is configured. Give --link with the tracking link of your test partner.',
      );
    }
    return sandboxLink(app.options.baseUrl, {
      landing: landing.href,
      partner: partner ?? null,
      test: via === 'test-actions',
    });
  }
  const answer = canAsk() ? await question('Tracking link of your test partner: ') : '';
  if (/^https?:\/\//.test(answer) && URL.canParse(answer)) return answer;
  throw new CliUsageError(
    '--link is missing. Give the tracking link of your test partner; with the sandbox, --landing with your page.',
  );
}

function browserOf({ browser }: VerifyOptions, { signal }: CliContext): BrowserProbe | null {
  const found = browser === 'none' ? null : (browser ?? findBrowser());
  return found === null ? null : new ChromiumProbe(found, signal);
}

const placeIt = ({ landingUrl }: VerificationState): string =>
  [
    '',
    'Now place and pay an order. Open this page in a private window:',
    '',
    `  ${landingUrl}`,
    '',
    'Several products, one of them twice, prove most. Ctrl-C ends the wait; --resume goes on.',
  ].join('\n');

function writeReports(state: VerificationState, folder: string): string[] {
  mkdirSync(folder, { recursive: true });
  const files = [
    [join(folder, `verification-${state.id}.md`), reportAsMarkdown(state)],
    [join(folder, `verification-${state.id}.html`), reportAsHtml(state)],
  ] as const;
  for (const [file, text] of files) writeFileSync(file, text);
  return files.map(([file]) => file);
}
