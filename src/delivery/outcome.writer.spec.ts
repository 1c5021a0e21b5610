import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { ClaimedDelivery, FinishedDelivery } from '../ledger/index.js';
import { OutcomeWriter, type Finished } from './outcome.writer.js';

const sent = { is: 'sent', submissionId: 'S', actionId: null, reached: ['all'] } as const;

describe('OutcomeWriter', () => {
  let batches: string[][];
  let told: string[];
  let broken: (id: string) => boolean;
  let writer: OutcomeWriter;

  const write = async (batch: readonly FinishedDelivery[]): Promise<void> => {
    const ids = batch.map(({ delivery }) => delivery.id);
    if (ids.some((id) => broken(id))) throw new TypeError('no');
    batches.push(ids);
  };
  const outcome = (id: string, leaseEnd = Infinity): Finished => ({
    delivery: { id } as ClaimedDelivery,
    outcome: sent,
    leaseEnd,
    tell: () => told.push(id),
  });

  beforeEach(() => {
    jest.useFakeTimers();
    Logger.overrideLogger(false);
    batches = [];
    told = [];
    broken = () => false;
    writer = new OutcomeWriter(write, { enough: 3, time: () => 10 });
  });

  afterEach(() => {
    jest.useRealTimers();
    Logger.overrideLogger(true);
  });

  it('gathers what comes within its time', async () => {
    const both = Promise.all([writer.add(outcome('a')), writer.add(outcome('b'))]);
    await jest.advanceTimersByTimeAsync(9);
    expect(batches).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    await both;
    expect(batches).toEqual([['a', 'b']]);
    expect(told).toEqual(['a', 'b']);
    expect(writer.isEmpty).toBe(true);
  });

  it('writes enough at once, without waiting', async () => {
    await Promise.all(['a', 'b', 'c'].map((id) => writer.add(outcome(id))));
    expect(batches).toEqual([['a', 'b', 'c']]);
  });

  it('waits for no clock when that would be less than a millisecond', async () => {
    writer = new OutcomeWriter(write, { enough: 3, time: () => 0.5 });
    const both = Promise.all([writer.add(outcome('a')), writer.add(outcome('b'))]);
    expect(batches).toEqual([]);
    await jest.advanceTimersByTimeAsync(0);
    await both;
    expect(batches).toEqual([['a', 'b']]);
  });

  it('gathers what comes while every writer is busy', async () => {
    const ends: (() => void)[] = [];
    const slow = async (batch: readonly FinishedDelivery[]): Promise<void> => {
      await new Promise<void>((resolve) => ends.push(resolve));
      await write(batch);
    };
    writer = new OutcomeWriter(slow, { enough: 100, time: () => 0.5 });
    const stored: Promise<void>[] = [];
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      stored.push(writer.add(outcome(id)));
      await jest.advanceTimersByTimeAsync(0);
    }
    expect(ends).toHaveLength(2);
    ends.shift()!();
    await jest.advanceTimersByTimeAsync(0);
    expect(batches).toEqual([['a']]);
    expect(ends).toHaveLength(2);
    for (const end of ends) end();
    await Promise.all(stored);
    expect(batches.map((batch) => batch.join(''))).toEqual(expect.arrayContaining(['a', 'b', 'cde']));
  });

  it('keeps what cannot be written and writes it when the database is back', async () => {
    broken = () => true;
    const stored = writer.add(outcome('a'));
    await jest.advanceTimersByTimeAsync(60_000);
    expect(told).toEqual([]);
    broken = () => false;
    await jest.advanceTimersByTimeAsync(1000);
    await stored;
    expect(batches).toEqual([['a']]);
  });

  it('does not let one that no database takes hold up the others', async () => {
    broken = (id) => id === 'poison';
    const others = Promise.all([writer.add(outcome('a')), writer.add(outcome('b'))]);
    void writer.add(outcome('poison'));
    await jest.advanceTimersByTimeAsync(10);
    await others;
    expect(batches.flat().toSorted()).toEqual(['a', 'b']);
  });

  it('does not let several at the head of a batch hold up the others', async () => {
    broken = (id) => id.startsWith('poison');
    for (const id of ['poison-1', 'poison-2', 'poison-3']) void writer.add(outcome(id));
    const other = writer.add(outcome('a'));
    await jest.advanceTimersByTimeAsync(3000);
    await other;
    expect(batches).toEqual([['a']]);
  });

  it('gives that one up once its lease is over and others could be written', async () => {
    broken = (id) => id === 'poison';
    const gone = writer.add(outcome('poison', performance.now() - 1));
    void writer.add(outcome('a'));
    await jest.advanceTimersByTimeAsync(10);
    await gone;
    expect(told).toEqual(['a']);
    expect(writer.isEmpty).toBe(true);
  });

  it('lets go of everything when the process ends', async () => {
    broken = () => true;
    const gone = Promise.all([writer.add(outcome('a')), writer.add(outcome('b'))]);
    await jest.advanceTimersByTimeAsync(20);
    writer.abandon();
    await gone;
    await jest.advanceTimersByTimeAsync(5000);
    expect(writer.isEmpty).toBe(true);
    expect(told).toEqual([]);
  });
});
