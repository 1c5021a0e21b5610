import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { VerifyStage } from './support/verify.stage.js';

/** What is told of a step, without the folding of lines. */
const unfolded = (out: string): string => out.replaceAll(/\n {5}/g, ' ');
const inOneLine = (out: string): string => out.replaceAll('\n', ' ');

const until = async (is: () => Promise<boolean>): Promise<void> => {
  while (!(await is())) await new Promise((resolve) => setTimeout(resolve, 20));
};

describe('nestjs-impact verify with a person’s own order', () => {
  let stage: VerifyStage;
  beforeAll(async () => {
    stage = await VerifyStage.open();
  });
  afterEach(() => {
    stage.isHolding = false;
  });
  afterAll(async () => {
    await stage.close();
  });

  it('proves the whole path, changes and reverses the order, and writes the report', async () => {
    const { exitCode, out, err } = await stage.verify(['--link', stage.link(), '--report', 'report'], {
      person: (page) => stage.buys(page),
    });

    expect(exitCode).toBe(0);
    expect(out).not.toContain('FAIL');
    const told = unfolded(out);
    expect(told).toMatch(/ok {3}Order recorded: order FC-\w+, tied to the order/);
    expect(told).toMatch(/ok {3}Items: 1 × GRINDER-H1, 2 × FILTER-100/);
    expect(told).toMatch(/ok {3}Modification: the action shows 80\.25 USD, PENDING/);
    expect(told).toMatch(/ok {3}Reversal: the action shows 0 USD, REVERSED/);

    const state = await stage.state();
    const [one] = state.cases;
    const [action] = await stage.sandbox.actions();
    expect(one).toMatchObject({
      actionId: action!.id,
      submissionId: action!.submissionId,
      reversalRecorded: true,
    });
    expect(action).toMatchObject({ orderId: one!.orderId, state: 'REVERSED' });

    const { markdown, html } = await stage.reports();
    for (const report of [markdown, html]) {
      for (const id of [one!.orderId!, one!.submissionId!, one!.actionId!, state.partnerId!])
        expect(report).toContain(id);
      expect(report).toContain('Real browser');
      expect(report).toContain('Approval and payment');
    }
    expect(html).not.toMatch(/<script|<link|src=|@import|url\(/);

    const kept = JSON.stringify(state);
    const { authToken, accountSid } = stage.sandbox.credentials;
    for (const said of [out, err, markdown, html, kept]) {
      expect(said).not.toContain(authToken);
      expect(said).not.toContain(accountSid);
      expect(said).not.toMatch(/tess|tester@|Harbour Road/i);
    }
  });

  it('answers one document with --json', async () => {
    const { exitCode, out } = await stage.verify(['--link', stage.link(), '--keep'], {
      person: (page) => stage.buys(page),
    });
    expect(exitCode).toBe(0);
    expect(out).toContain('is not reversed');
    // The order that was kept stands in the way of another run, until it is reversed.
    const refused = await stage.verify(['--link', stage.link()]);
    expect(refused.exitCode).toBe(2);
    expect(refused.err).toMatch(/has left order FC-\w+ unreversed\. Give --resume/);

    const resumed = await stage.verify(['--resume'], { json: true });
    expect(resumed.exitCode).toBe(0);
    const document = JSON.parse(resumed.out) as {
      verdict: string;
      open: unknown[];
      cases: { results: { step: string }[] }[];
    };
    expect(document).toMatchObject({ verdict: 'incomplete', open: [] });
    expect(document.cases[0]!.results.map(({ step }) => step)).toEqual(
      expect.arrayContaining(['modification', 'reversal']),
    );
  });

  it('goes on after Ctrl-C while it waits for the order', async () => {
    let page = '';
    const ended = await stage.verify(['--link', stage.link()], {
      person: async (landing, press) => {
        page = landing;
        press();
      },
    });
    expect(ended.exitCode).toBe(130);
    expect(inOneLine(ended.out)).toContain(
      'If it is placed later, only nestjs-impact verify --resume takes it back.',
    );

    const order = await stage.buys(page);
    const resumed = await stage.verify(['--resume']);
    expect(resumed.exitCode).toBe(0);
    expect(resumed.out).toContain(order);
    expect(unfolded(resumed.out)).toMatch(/ok {3}Reversal: .*REVERSED/);
  });

  it('records the reversal on Ctrl-C while it waits for the action, and tells of it', async () => {
    stage.isHolding = true;
    const before = (await stage.sandbox.submissions()).length;
    let order = '';
    const ended = await stage.verify(['--link', stage.link()], {
      person: async (page, press) => {
        order = await stage.buys(page);
        await until(async () => (await stage.sandbox.submissions()).length > before);
        await until(async () => (await stage.state()).cases[0]!.submissionId !== null);
        press();
      },
    });
    expect(ended.exitCode).toBe(130);
    expect(inOneLine(ended.out)).toContain(
      `Order ${order}: its reversal is recorded in the ledger; the running app sends it.`,
    );
    const { corrections } = await stage.story(order);
    expect(corrections).toMatchObject([{ kind: 'reverse', state: 'held' }]);

    stage.isHolding = false;
    // Nobody resumes, and it is reversed all the same.
    await until(async () => (await stage.story(order)).corrections[0]!.state === 'confirmed');
    const resumed = await stage.verify(['--resume']);
    expect(resumed.exitCode).toBe(0);
    expect(unfolded(resumed.out)).toMatch(/open Modification: .* it was interrupted, and reversed at once/);
    expect(unfolded(resumed.out)).toMatch(/ok {3}Reversal: .*REVERSED/);
  });
});

describe('nestjs-impact verify, used wrongly', () => {
  let stage: VerifyStage;
  beforeAll(async () => {
    stage = await VerifyStage.open();
  });
  afterAll(async () => {
    await stage.close();
  });

  it.each([
    [[], /--link is missing\. Give the tracking link/],
    [['--link', 'shop'], /Give an address such as/],
    [
      ['--link', 'https://a.example/c', '--event-type', '1', '--event-type', '2'],
      /one order has one event type/,
    ],
    [['--link', 'https://a.example/c', '--synthetic', '--order', 'A-1'], /Keep one of them/],
    [['--link', 'https://a.example/c', '--checkout-host', 'https://pay.example'], /Give a host such as/],
    [['--link', 'https://a.example/c', '--currency', 'dollars'], /ISO 4217/],
    [['--resume'], /does not exist/],
    [['--landing', 'http://127.0.0.1:1/', '--partner', '77'], /made no link for partner 77/],
  ])('%j', async (args, message) => {
    const { exitCode, err } = await stage.verify(args);
    expect(err).toMatch(message);
    expect(exitCode).toBe(2);
  });
});
