import { openOrders, verdictOf } from './verdict.rules.js';
import type {
  CaseState,
  ClickIdFate,
  StepName,
  StepOutcome,
  StepResult,
  VerificationState,
  VerificationVerdict,
} from './verification.types.js';

/** Steps as a report calls them. */
export const STEP_TITLES: Readonly<Record<StepName, string>> = {
  account: 'Credentials',
  'tracking-link': 'Tracking link',
  'click-id': 'Click id on the way',
  capture: 'Click stored',
  cookie: 'Cookie',
  checkout: 'Cookie at the checkout',
  browser: 'Real browser',
  order: 'Order recorded',
  submission: 'Submission',
  action: 'Action',
  'single-action': 'One action only',
  'order-id': 'Order id',
  'event-type': 'Event type',
  partner: 'Partner',
  amount: 'Amount',
  items: 'Items',
  'promo-code': 'Promo code',
  'customer-status': 'Customer status',
  date: 'Date',
  'test-actions': 'Test Actions page',
  modification: 'Modification',
  reversal: 'Reversal',
};

export const OUTCOME_WORDS: Readonly<Record<StepOutcome, string>> = {
  proved: 'proved',
  failed: 'FAILED',
  remark: 'proved, with a remark',
  'not-proved': 'not proved',
};

const VERDICT_WORDS: Readonly<Record<VerificationVerdict, string>> = {
  proved: 'Everything that was looked at is proved.',
  incomplete: 'Nothing failed; some things are not proved.',
  failed: 'Something failed.',
  unfinished: 'The run was ended before it was done.',
};

const FATE_WORDS: Readonly<Record<ClickIdFate | 'none-yet', string>> = {
  'none-yet': 'none yet',
  same: 'as it was made',
  lost: 'gone',
  'lower-cased': 'in lower case',
  'upper-cased': 'in upper case',
  cut: 'cut off',
  'encoded-twice': 'encoded twice',
  altered: 'another value',
};

/** Everything that the report says, in words, in its order: the same for Markdown and HTML. */
export interface ReportModel {
  readonly title: string;
  readonly verdict: string;
  readonly tone: 'good' | 'warn' | 'bad';
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly figures: readonly (readonly [count: number, what: string])[];
  /** What somebody has to do something about. */
  readonly failures: readonly ReportLine[];
  readonly gaps: readonly ReportLine[];
  readonly open: readonly string[];
  readonly chain: readonly (readonly [
    status: string,
    at: string,
    kept: string,
    added: string,
    lost: string,
    clickId: string,
  ])[];
  readonly sections: readonly {
    readonly title: string;
    readonly facts: readonly (readonly [string, string])[];
    readonly lines: readonly ReportLine[];
  }[];
}

export interface ReportLine {
  readonly title: string;
  /** Which order; empty for the link. */
  readonly of: string;
  readonly outcome: StepOutcome;
  readonly words: string;
  readonly expected: string;
  readonly seen: string;
  readonly fix: string;
  readonly at: string;
}

export function reportModel(state: VerificationState): ReportModel {
  const verdict = verdictOf(state);
  const link = state.results.map((result) => lineOf(result, null));
  const orders = state.cases.map((one) => one.results.map((result) => lineOf(result, one)));
  const lines = [...link, ...orders.flat()];
  const count = (outcome: StepOutcome): number => lines.filter((line) => line.outcome === outcome).length;
  const { plan } = state;
  return {
    title: 'End-to-end test of the impact.com integration',
    verdict: VERDICT_WORDS[verdict],
    tone: verdict === 'proved' ? 'good' : verdict === 'failed' ? 'bad' : 'warn',
    facts: [
      ['Program', state.campaignId],
      ['Event types', [...new Set(state.cases.map(({ eventTypeId }) => eventTypeId))].join(', ')],
      ['Partner of the link', state.partnerId ?? 'not known'],
      ['Click id', state.clickId ?? 'none'],
      ['Environment', state.environment],
      [
        'How',
        `${plan.synthetic ? 'synthetic orders' : 'a person’s own order in the shop'}, by ${plan.via === 'test-actions' ? 'test actions' : 'a test partner'}`,
      ],
      ['Integration', 'server to server, nestjs-impact'],
      ['Begun', time(state.startedAt)],
      ['Ended', state.finishedAt === null ? 'not yet' : time(state.finishedAt)],
      ['Run', state.id],
    ],
    figures: [
      [count('proved'), 'proved'],
      [count('remark'), 'with a remark'],
      [count('not-proved'), 'not proved'],
      [count('failed'), 'failed'],
    ],
    failures: lines.filter(({ outcome }) => outcome === 'failed'),
    gaps: [...lines.filter(({ outcome }) => outcome === 'not-proved'), ...neverLooked(state)],
    open: openOrders(state).map(({ of, is }) => openInWords(of, is)),
    chain: state.chain.map((hop) => [
      String(hop.status),
      hop.at,
      names(hop.kept),
      names(hop.added),
      names(hop.lost),
      FATE_WORDS[hop.clickId],
    ]),
    sections: [
      { title: 'Link, click and cookie', facts: [], lines: link },
      ...state.cases.map((one, index) => ({
        title: titleOf(one),
        facts: factsOf(one),
        lines: orders[index]!,
      })),
    ],
  };
}

const VARIANTS: Readonly<Record<CaseState['variant'], string>> = {
  'own-order': 'a person’s own order',
  plain: 'without code and discount',
  'code-and-discount': 'with code and discount',
};

const titleOf = (one: CaseState): string => `Order ${one.orderId ?? '(none yet)'}, ${VARIANTS[one.variant]}`;

const factsOf = (one: CaseState): [string, string][] => [
  ['Event type', one.eventTypeId],
  ['Worth', one.worth ?? 'not known'],
  ['Submission', one.submissionId ?? 'none'],
  ['Action', one.actionId ?? 'none'],
];

function lineOf({ step, outcome, expected, seen, fix, at }: StepResult, one: CaseState | null): ReportLine {
  return {
    title: STEP_TITLES[step],
    of: one?.orderId ?? '',
    outcome,
    words: OUTCOME_WORDS[outcome],
    expected,
    seen,
    fix: fix ?? '',
    at: time(at),
  };
}

/** What no run of this kind can show is said, so that nobody takes it for shown. */
function neverLooked({ plan, cases }: VerificationState): ReportLine[] {
  const gap = (title: string, seen: string, fix: string): ReportLine => ({
    title,
    of: '',
    outcome: 'not-proved',
    words: OUTCOME_WORDS['not-proved'],
    expected: 'shown by this run',
    seen,
    fix,
    at: '',
  });
  return [
    ...(plan.synthetic
      ? [
          gap(
            'Checkout of the shop',
            'synthetic orders do not pass through it',
            'Run verify without --synthetic and place an order.',
          ),
        ]
      : []),
    ...(plan.synthetic && plan.promoCode === null
      ? [gap('Promo code', 'no code was given', 'Give --promo-code with a code of the link’s partner.')]
      : []),
    ...(!plan.synthetic &&
    cases.every(({ results }) => !results.some(({ step, seen }) => step === 'items' && seen.includes(',')))
      ? [
          gap(
            'Several SKUs, with and without code',
            'one order shows one of them',
            'Place a second order, or run verify --synthetic.',
          ),
        ]
      : []),
    gap(
      'Approval and payment',
      'they come after the locking date',
      'nestjs-impact explain shows them when they come.',
    ),
  ];
}

function openInWords(
  { orderId, actionId }: CaseState,
  is: 'not-found' | 'not-reversed' | 'reversal-under-way',
): string {
  const order = orderId === null ? 'The order' : `Order ${orderId}`;
  const action = actionId === null ? '' : ` (action ${actionId})`;
  switch (is) {
    case 'not-found':
      return `${order} was not seen in the ledger. If it is placed later, only nestjs-impact verify --resume takes it back.`;
    case 'not-reversed':
      return `${order}${action} is not reversed. nestjs-impact verify --resume does it; it must happen before the action locks.`;
    case 'reversal-under-way':
      return `${order}${action}: its reversal is recorded in the ledger; the running app sends it. nestjs-impact verify --resume looks whether it came through.`;
  }
}

const names = (list: readonly string[]): string => (list.length === 0 ? '–' : list.join(', '));

const time = (iso: string): string => `${iso.slice(0, 19).replace('T', ' ')} UTC`;

/** What is said to a person whose run ends early. */
export const openLines = (state: VerificationState): string[] =>
  openOrders(state).map(({ of, is }) => openInWords(of, is));
