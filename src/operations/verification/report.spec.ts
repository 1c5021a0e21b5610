import { describe, expect, it } from '@jest/globals';
import { openOrders, verdictOf } from './verdict.rules.js';
import { reportAsHtml, reportAsMarkdown } from './verification.report.js';
import { newRun } from './verification.run.js';
import type {
  CaseState,
  StepName,
  StepOutcome,
  StepResult,
  VerificationPlan,
  VerificationState,
} from './verification.types.js';

const PLAN: VerificationPlan = {
  link: 'https://goto.example.com/c/77/1/1000',
  synthetic: false,
  via: 'test-partner',
  eventTypes: ['20001'],
  checkoutHost: null,
  orderId: null,
  partnerId: null,
  promoCode: null,
  currency: 'EUR',
  corrections: true,
};
const NOW = new Date('2026-11-20T10:00:00Z');
const HOSTILE =
  '<img src=x onerror=alert(1)> | `code` [link](https://evil.example) *bold*\n# title\u0007\u202e';

const step = (name: StepName, outcome: StepOutcome, seen = 'seen'): StepResult => ({
  step: name,
  outcome,
  expected: 'expected',
  seen,
  fix: outcome === 'failed' ? 'Mend it.' : null,
  at: NOW.toISOString(),
});

function run(
  results: StepResult[],
  of: StepResult[],
  more: Partial<CaseState> = {},
  plan: Partial<VerificationPlan> = {},
): VerificationState {
  const state = newRun({
    id: 'a1',
    now: NOW,
    account: 'IRab…cd',
    environment: 'live',
    campaignId: '1000',
    plan: { ...PLAN, ...plan },
  });
  state.results.push(...results);
  state.cases[0]!.results.push(...of);
  Object.assign(state.cases[0]!, more);
  return { ...state, finishedAt: NOW.toISOString() };
}

describe('a run', () => {
  it('is one order of a person’s, or a matrix of synthetic ones', () => {
    const of = (plan: Partial<VerificationPlan>) =>
      run([], [], {}, plan).cases.map(({ id, orderId }) => [id, orderId]);
    expect(of({ orderId: 'A-1' })).toEqual([['own-order', 'A-1']]);
    expect(of({ synthetic: true, eventTypes: ['1', '2'] })).toEqual([
      ['1-plain', 'VERIFY-a1-1-1'],
      ['1-code-and-discount', 'VERIFY-a1-1-2'],
      ['2-plain', 'VERIFY-a1-2-1'],
      ['2-code-and-discount', 'VERIFY-a1-2-2'],
    ]);
  });

  it.each([
    [[step('cookie', 'proved')], 'proved'],
    [[step('cookie', 'remark')], 'proved'],
    [[step('cookie', 'not-proved')], 'incomplete'],
    [[step('cookie', 'not-proved'), step('click-id', 'failed')], 'failed'],
  ] as const)('verdict (%#)', (results, verdict) => {
    expect(verdictOf(run([...results], []))).toBe(verdict);
  });

  it('is unfinished until it has ended', () => {
    expect(verdictOf({ ...run([step('cookie', 'proved')], []), finishedAt: null })).toBe('unfinished');
  });

  const found = { orderId: 'A-1', worth: '5.00 EUR' };
  it.each([
    [
      'reversed',
      [step('order', 'proved'), step('reversal', 'proved')],
      { ...found, reversalRecorded: true },
      null,
    ],
    ['recorded only', [step('order', 'proved')], { ...found, reversalRecorded: true }, 'reversal-under-way'],
    ['kept', [step('order', 'proved'), step('reversal', 'not-proved')], found, 'not-reversed'],
    ['never seen', [step('order', 'failed')], {}, 'not-found'],
    ['never waited for', [], {}, null],
    ['somebody else’s', [step('order', 'failed')], found, null],
    [
      'refused by the vendor',
      [step('order', 'proved'), step('submission', 'failed'), step('action', 'failed')],
      { ...found, reversalRecorded: true },
      null,
    ],
  ] as const)('an order that is %s', (_, results, more, is) => {
    expect(openOrders(run([], [...results], more)).map((each) => each.is)).toEqual(is === null ? [] : [is]);
  });
});

describe('the report', () => {
  it('lists what was proved, what failed and what was not proved', () => {
    const state = run(
      [step('cookie', 'proved'), step('checkout', 'failed'), step('browser', 'not-proved')],
      [],
    );
    const markdown = reportAsMarkdown(state);
    expect(markdown).toContain('**Something failed.** 1 proved, 0 with a remark, 1 not proved, 1 failed.');
    expect(markdown).toContain('- **Cookie at the checkout**: expected expected; seen: seen. Mend it.');
    expect(markdown.slice(markdown.indexOf('## What is not proved'))).toMatch(
      /Real browser[^]*Approval and payment/,
    );
    const html = reportAsHtml(state);
    expect(html).toContain('<h2>What failed</h2>');
    expect(html).toContain('<span class="badge good">proved</span>');
  });

  it('lets no text of others become markup', () => {
    const state = run([step('tracking-link', 'failed', HOSTILE)], [], { orderId: HOSTILE });
    const html = reportAsHtml(state);
    expect(html).not.toContain('<img');
    expect(html).toContain('&lt;img');
    const markdown = reportAsMarkdown(state);
    expect(markdown).not.toMatch(/<img|^# title/m);
    for (const letter of ['\u0007', '\u202e']) expect(markdown).not.toContain(letter);
    expect(markdown).toContain('\\[link\\](https://evil.example) \\*bold\\* # title');
    expect(markdown).toContain('&lt;img src=x onerror=alert(1)&gt; \\| \\`code\\`');
  });

  it('loads nothing and runs nothing', () => {
    expect(reportAsHtml(run([], []))).not.toMatch(/<script|<link|\bsrc=|@import|url\(/);
  });
});
