import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BEGINNING, RELEASED } from '../../src/ledger/index.js';
import { DATABASES } from '../support/databases.js';
import { openQueue, type Queue, SENT, STAMP, WISH } from './support/queue.js';

const RETRY = { is: 'retry', after: 5000, unknown: false, reason: 'busy', reached: [] } as const;

describe.each(DATABASES)('The queue on $name', (kind) => {
  let queue: Queue;

  beforeEach(async () => {
    queue = await openQueue(kind);
  });

  afterEach(async () => {
    await queue.close();
  });

  const delivery = async (id: string) =>
    (await queue.rows(`SELECT * FROM impact_deliveries WHERE id = ?`, [id]))[0]!;
  const story = async (conversion: string) =>
    (
      await queue.rows<{ what: string }>(`SELECT what FROM impact_story WHERE conversion = ? ORDER BY id`, [
        conversion,
      ])
    ).map(({ what }) => what);

  it('claims what is due, oldest first, and nothing twice', async () => {
    const late = await queue.add({ ago: 1000 });
    const early = await queue.add({ ago: 9000 });
    await queue.add({ ago: -60_000 });
    const claimed = await queue.claim();
    expect(claimed.map(({ id }) => id)).toEqual([early.delivery, late.delivery]);
    expect(claimed[0]).toMatchObject({
      attempts: 0,
      unknownFor: null,
      conversion: early.conversion,
      wireOrderId: early.conversion,
    });
    expect(claimed[0]!.age).toBeGreaterThanOrEqual(9000);
    expect(await queue.claim()).toEqual([]);
  });

  it('claims no more than it is asked for, and goes on behind it', async () => {
    for (let i = 0; i < 5; i += 1) await queue.add({ ago: 5000 - i });
    const first = await queue.ledger.claim(STAMP, { ...WISH, limit: 2 });
    const second = await queue.ledger.claim(STAMP, { ...WISH, limit: 2, after: first.last! });
    const third = await queue.ledger.claim(STAMP, { ...WISH, limit: 2, after: second.last! });
    const ids = [first, second, third].flatMap(({ claimed }) => claimed.map(({ id }) => id));
    expect(new Set(ids).size).toBe(5);
    expect(third.claimed).toHaveLength(1);
  });

  it('goes on behind a place among rows that are due in the same millisecond', async () => {
    for (let i = 0; i < 4; i += 1) await queue.add();
    await queue.rows(`UPDATE impact_deliveries SET due_at = 1000`);
    const first = await queue.ledger.claim(STAMP, { ...WISH, limit: 3 });
    expect(first.last).toEqual({ dueAt: 1000, id: first.claimed[2]!.id });
    const second = await queue.ledger.claim(STAMP, { ...WISH, after: first.last! });
    expect(second.claimed).toHaveLength(1);
    expect(first.claimed.map(({ id }) => id)).not.toContain(second.claimed[0]!.id);
  });

  it('does not see what lies before the place', async () => {
    const row = await queue.add({ ago: 9000 });
    await queue.add({ ago: 1000 });
    const { claimed, last } = await queue.ledger.claim(STAMP, WISH);
    expect(claimed).toHaveLength(2);
    await queue.finish([claimed[0]!, RETRY]);
    await queue.rows(`UPDATE impact_deliveries SET due_at = 1 WHERE id = ?`, [row.delivery]);
    expect(await queue.claim({ after: last! })).toEqual([]);
    expect(await queue.claim({ after: BEGINNING })).toHaveLength(1);
  });

  it('keeps priorities apart', async () => {
    const organic = await queue.add({ priority: 2 });
    expect(await queue.claim({ priority: 0 })).toEqual([]);
    expect((await queue.claim({ priority: 2 }))[0]!.id).toBe(organic.delivery);
  });

  it('never claims rows of another account or environment', async () => {
    await queue.add({ stamp: { account: 'IR2', environment: 'test' } });
    await queue.add({ stamp: { account: 'IR1', environment: 'staging' } });
    expect(await queue.claim()).toEqual([]);
    expect(
      (await queue.ledger.look(STAMP, { 0: BEGINNING, 1: BEGINNING, 2: BEGINNING })).dueIn[0],
    ).toBeNull();
  });

  it('sends the calls of one sale one after the other', async () => {
    const first = await queue.add();
    const second = await queue.add({
      conversion: first.conversion,
      sequence: 1,
      kind: 'modification',
      priority: 1,
    });
    expect(await queue.claim({ priority: 1 })).toEqual([]);
    const [sale] = await queue.claim();
    expect(await queue.claim({ priority: 1 })).toEqual([]);
    await queue.finish([sale!, SENT]);
    expect((await queue.claim({ priority: 1 }))[0]!.id).toBe(second.delivery);
  });

  it('makes a row due again when its lease runs out, with its outcome unknown', async () => {
    const { delivery: id } = await queue.add();
    await queue.claim({ lease: 60_000 });
    queue.clock.advance(61_000);
    const [again] = await queue.claim();
    expect(again).toMatchObject({ id, attempts: 1 });
    expect(again!.unknownFor).toBeGreaterThanOrEqual(61_000);
  });

  it('fences an outcome whose lease was lost: it changes nothing but the story', async () => {
    const { conversion } = await queue.add();
    const [stale] = await queue.claim({ lease: 60_000 });
    queue.clock.advance(61_000);
    const [fresh] = await queue.claim();
    await queue.finish([stale!, { is: 'parked', reason: 'refused', problems: [], reached: ['all'] }]);
    await queue.finish([fresh!, SENT]);
    expect(await story(conversion)).toEqual(['late-answer', 'sent']);
    const [sale] = await queue.rows(`SELECT state, submission_id FROM impact_conversions WHERE id = ?`, [
      conversion,
    ]);
    expect(sale).toEqual({ state: 'SENT', submission_id: 'S-1' });
  });

  it('writes a whole batch of different outcomes at once, the late one among them', async () => {
    const sales = [];
    for (let i = 0; i < 5; i += 1) sales.push(await queue.add({ ago: 5000 - i }));
    const [late] = await queue.claim({ limit: 1, lease: 1000 });
    queue.clock.advance(2000);
    const [again, ...others] = await queue.claim();
    const claimed = [...others, again!].toSorted((a, b) => (a.id < b.id ? -1 : 1));
    expect(claimed).toHaveLength(5);
    const byId = new Map(claimed.map((one) => [one.id, one]));
    const [a, b, c, d, e] = sales.map((one) => byId.get(one.delivery)!);
    await queue.finish(
      [late!, SENT],
      [a!, { ...SENT, submissionId: 'S-9', actionId: 'A-9', searched: 'there is none' }],
      [b!, { is: 'parked', reason: 'refused', problems: ['Currency: unknown'], reached: ['all', 'sales'] }],
      [c!, RETRY],
      [d!, { is: 'found', actionId: 'A-4', searched: 'action A-4 exists', reached: ['all'] }],
      [e!, { ...RETRY, unknown: true }],
    );
    const states = await Promise.all(
      sales.map(async ({ conversion }) => {
        const [row] = await queue.rows(
          `SELECT state, submission_id, action_id, problems FROM impact_conversions WHERE id = ?`,
          [conversion],
        );
        return Object.values(row!);
      }),
    );
    expect(states).toEqual([
      ['SENT', 'S-9', 'A-9', '[]'],
      ['UNDELIVERABLE', null, null, '["refused","Currency: unknown"]'],
      ['RECORDED', null, null, '[]'],
      ['SENT', null, 'A-4', '[]'],
      ['RECORDED', null, null, '[]'],
    ]);
    expect(await Promise.all(sales.map(({ conversion }) => story(conversion)))).toEqual([
      ['late-answer', 'search-first', 'sent'],
      ['refused'],
      ['attempt-failed'],
      ['search-first'],
      ['attempt-failed'],
    ]);
    expect(await delivery(c!.id)).toMatchObject({
      lease_token: null,
      attempts: 1,
      unknown_since: null,
      finished_at: null,
    });
    expect((await delivery(e!.id))['unknown_since']).not.toBeNull();
    expect(await delivery(a!.id)).toMatchObject({ due_at: null, outcome: 'sent', lease_token: null });
    expect(await queue.ledger.waiting(STAMP)).toBe(2);
  });

  it('takes text from the vendor that a database may not store', async () => {
    const { conversion } = await queue.add();
    const [one] = await queue.claim();
    const nasty = 'zero \0 half \ud800 end';
    await queue.finish([one!, { ...SENT, submissionId: nasty, searched: nasty }]);
    const [sale] = await queue.rows<{ submission_id: string }>(
      `SELECT submission_id FROM impact_conversions WHERE id = ?`,
      [conversion],
    );
    expect(sale!.submission_id).toBe('zero  half \ufffd end');
    expect(await story(conversion)).toEqual(['search-first', 'sent']);
  });

  it('releases a row as if it had never been claimed', async () => {
    const { delivery: id, conversion } = await queue.add();
    const before = await delivery(id);
    const [one] = await queue.claim();
    await queue.ledger.finish(STAMP, [{ delivery: one!, outcome: RELEASED }], 0);
    const { due_at, ...after } = await delivery(id);
    const { due_at: _, ...expected } = before;
    expect(after).toEqual(expected);
    expect(Number(due_at)).toBeGreaterThan(0);
    expect(await story(conversion)).toEqual([]);
    expect(await queue.claim()).toHaveLength(1);
  });

  it('claims the others when a row cannot be read', async () => {
    const damaged = await queue.add({ ago: 5000 });
    const orphan = await queue.add({ ago: 4000 });
    const good = await queue.add({ ago: 3000 });
    await queue.rows(`UPDATE impact_conversions SET request = '{' WHERE id = ?`, [damaged.conversion]);
    await queue.rows(`DELETE FROM impact_conversions WHERE id = ?`, [orphan.conversion]);
    expect((await queue.claim()).map(({ id }) => id)).toEqual([good.delivery]);
  });

  it('claims nothing while anything is paused, and says so', async () => {
    await queue.add();
    await queue.database.write(() => queue.gate.pause(STAMP, 'sales', 60_000, 'no right'));
    expect(await queue.claim()).toEqual([]);
    const { pauses, dueIn } = await queue.ledger.look(STAMP, { 0: BEGINNING, 1: BEGINNING, 2: BEGINNING });
    expect(pauses).toMatchObject([{ scope: 'sales', failures: 1 }]);
    expect(dueIn[0]).toBeLessThanOrEqual(0);
    expect((await queue.ledger.claimBehindGate(STAMP, WISH)).claimed).toEqual([]);
  });

  it('lets one row through as the probe, and opens the gate with its success', async () => {
    for (let i = 0; i < 3; i += 1) await queue.add();
    await queue.database.write(() => queue.gate.pause(STAMP, 'all', 10_000, 'down'));
    queue.clock.advance(11_000);
    const probe = (await queue.ledger.claimBehindGate(STAMP, WISH)).claimed;
    expect(probe).toHaveLength(1);
    expect((await queue.ledger.claimBehindGate(STAMP, WISH)).claimed).toEqual([]);
    await queue.finish([probe[0]!, SENT]);
    expect(await queue.claim()).toHaveLength(2);
  });

  it('does not let a row age while calls were paused, and counts shared time once', async () => {
    await queue.add({ ago: 0 });
    await queue.database.write(() => queue.gate.pause(STAMP, 'sales', 50_000, 'no right'));
    await queue.database.write(() => queue.gate.pause(STAMP, 'all', 50_000, 'down'));
    queue.clock.advance(60_000);
    const [probe] = (await queue.ledger.claimBehindGate(STAMP, WISH)).claimed;
    expect(probe!.probes).toHaveLength(2);
    await queue.finish([probe!, { ...RETRY, after: 0, reached: ['all', 'sales'] }]);
    queue.clock.advance(60_000);
    const [old] = await queue.claim({ maxAge: 1000 });
    expect(old!.age).toBeGreaterThanOrEqual(60_000);
    expect(old!.age).toBeLessThan(75_000);
  });

  it('gives two processes different rows', async () => {
    for (let i = 0; i < 60; i += 1) await queue.add({ ago: 5000 - i });
    const other = await openQueue(kind, queue.at);
    try {
      const batches = await Promise.all(
        [queue, other, queue, other].flatMap((one) => [one.claim({ limit: 10 }), one.claim({ limit: 10 })]),
      );
      const ids = batches.flat().map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      const rest = await queue.claim();
      expect(ids.length + rest.length).toBe(60);
    } finally {
      await other.close();
    }
  });

  it('counts the hour of an account once for all', async () => {
    const take = (calls: number) => queue.database.write(() => queue.gate.take(STAMP, calls, 100));
    const taken = await Promise.all([take(60), take(60), take(60)]);
    expect(taken.toSorted((a, b) => a - b)).toEqual([0, 40, 60]);
    queue.clock.advance(3_600_001);
    expect(await take(10)).toBe(10);
  });
});
