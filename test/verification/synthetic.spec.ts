import { afterEach, describe, expect, it } from '@jest/globals';
import type { VerificationState } from '../../src/operations/index.js';
import { VerifyStage } from './support/verify.stage.js';

describe('nestjs-impact verify --synthetic', () => {
  let stage: VerifyStage;
  afterEach(async () => {
    await stage.close();
  });

  it('runs a matrix of event types, with and without code and discount', async () => {
    stage = await VerifyStage.open({
      sandbox: {
        eventTypes: [
          { id: '20001', name: 'Online Sale' },
          { id: '20002', name: 'Newsletter' },
        ],
      },
    });
    const { exitCode, out } = await stage.verify(
      [
        '--synthetic',
        '--landing',
        `${stage.store.url}/`,
        '--event-type',
        '20001',
        '--event-type',
        '20002',
        '--promo-code',
        'HARBOUR10',
      ],
      { json: true },
    );
    expect(exitCode).toBe(0);
    const { cases } = JSON.parse(out) as VerificationState;
    expect(cases.map(({ eventTypeId, variant, worth }) => [eventTypeId, variant, worth])).toEqual([
      ['20001', 'plain', '50.00 USD'],
      ['20001', 'code-and-discount', '40.00 USD'],
      ['20002', 'plain', '50.00 USD'],
      ['20002', 'code-and-discount', '40.00 USD'],
    ]);
    const steps = cases.map(({ results }) =>
      Object.fromEntries(results.map(({ step, outcome }) => [step, outcome])),
    );
    for (const step of steps) {
      expect(step).toMatchObject({
        submission: 'proved',
        'event-type': 'proved',
        amount: 'proved',
        items: 'proved',
        'promo-code': 'proved',
        modification: 'proved',
        reversal: 'proved',
      });
    }
    const actions = await stage.sandbox.actions();
    expect(actions.map(({ eventTypeId, state }) => `${eventTypeId} ${state}`).toSorted()).toEqual([
      '20001 REVERSED',
      '20001 REVERSED',
      '20002 REVERSED',
      '20002 REVERSED',
    ]);
  });

  it('drives the work itself where no app does', async () => {
    stage = await VerifyStage.open({ impact: { delivery: { autoStart: false } } });
    const { exitCode, out } = await stage.verify([
      '--synthetic',
      '--link',
      stage.link(),
      '--drive',
      '--currency',
      'EUR',
    ]);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/Amount: converted: 54(\.00)? USD, a rate of 1\.08/);
    expect(out.match(/ok {3}Reversal/g)).toHaveLength(2);
  });

  it('finds its orders again after a kill, and lets no other run forget them', async () => {
    stage = await VerifyStage.open();
    const args = ['--synthetic', '--link', stage.link()];
    expect((await stage.verify(args)).exitCode).toBe(0);
    // As it was when the orders had just been recorded.
    const state = await stage.state();
    const cases = state.cases.map((one) => ({
      ...one,
      results: [],
      worth: null,
      submissionId: null,
      actionId: null,
      reversalRecorded: false,
    }));
    await stage.keepState({ ...state, cases, finishedAt: null });

    const another = await stage.verify(args);
    expect(another.exitCode).toBe(2);
    expect(another.err).toMatch(/has left order VERIFY-\w+-20001-1, VERIFY-\w+-20001-2 unreversed/);

    const resumed = await stage.verify(['--resume']);
    expect(resumed.exitCode).toBe(0);
    expect(resumed.out.match(/ok {3}Reversal/g)).toHaveLength(2);
    expect(await stage.sandbox.actions()).toHaveLength(2);
  });

  it('says that nothing is sent in dry-run', async () => {
    stage = await VerifyStage.open();
    process.env['IMPACT_MODE'] = 'dry-run';
    const { exitCode, out } = await stage.verify(['--synthetic', '--link', stage.link()]);
    expect(exitCode).toBe(1);
    expect(out).toMatch(/FAIL Order recorded: [^]*: it is kept in dry-run\.\n +Fix: Set IMPACT_MODE=live/);
  });

  it.each([
    ['yes', 0, /ok {3}Test Actions page: a person who looked says yes/],
    ['no', 1, /FAIL Test Actions page: .*says no\. Fix: Look whether the test was started/],
  ])('asks what Test Actions show: %s', async (answer, exitCode, line) => {
    stage = await VerifyStage.open({ sandbox: { testActions: 'apart' } });
    const end = await stage.verify(
      ['--landing', `${stage.store.url}/`, '--via', 'test-actions', '--confirm', answer],
      {
        person: (page) => stage.buys(page),
      },
    );
    expect(end.out.replaceAll(/\n {5}/g, ' ')).toMatch(line);
    expect(end.out).toContain('Submission: complete, no error');
    expect(end.exitCode).toBe(exitCode);
    const [action] = await stage.sandbox.actions();
    expect(action).toMatchObject({ test: true });
  });
});
