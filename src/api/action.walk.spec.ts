import { describe, expect, it } from '@jest/globals';
import { walkActionWindow, type ListsActions } from './action.walk.js';
import { ImpactApiRefusedError } from './api.errors.js';
import type { Action, ActionPage, ActionQuery } from './api.model.js';
import { NO_RATE } from './rate.rules.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const page = (ids: readonly string[], total: number | null): ActionPage => ({
  actions: ids.map((id) => ({ id }) as Action),
  unreadable: 0,
  page: null,
  pages: null,
  pageSize: null,
  total,
  nextPageUri: null,
  rate: NO_RATE,
});
const refusal = (status: number): ImpactApiRefusedError =>
  new ImpactApiRefusedError('…', { status, problems: [], rate: NO_RATE, requestMayHaveArrived: true });

interface Read {
  readonly windows: readonly (readonly [number, number])[];
  readonly calls: number;
  readonly ids: string[];
}

/** @param answer the pages of a listing of so many days. */
async function read(
  days: number,
  answer: (span: number, listing: number, from: number) => readonly ActionPage[],
): Promise<Read> {
  const windows: [number, number][] = [];
  const ids: string[] = [];
  let calls = 0;
  const api: ListsActions = {
    async *walkActions({ actionDate, pageSize }: ActionQuery, mayCall) {
      expect(pageSize).toBe(20_000);
      const [from, to] = [actionDate!.from.getTime() / DAY, actionDate!.to.getTime() / DAY];
      windows.push([from, to]);
      for (const one of answer(to - from, windows.length, from)) {
        if ((await mayCall?.()) === false) return;
        yield one;
      }
    },
  };
  await walkActionWindow(api, {
    by: 'actionDate',
    window: { from: new Date(0), to: new Date(days * DAY) },
    mayCall: async () => {
      calls += 1;
      return true;
    },
    take: (actions) => void ids.push(...actions.map(({ id }) => id)),
  });
  return { windows, calls, ids };
}

describe('a walk over a window', () => {
  it('is one call when it fits', async () => {
    expect(await read(10, () => [page(['a', 'b'], 2)])).toEqual({
      windows: [[0, 10]],
      calls: 1,
      ids: ['a', 'b'],
    });
  });

  it('is read in parts that the vendor takes', async () => {
    const { windows } = await read(100, () => [page([], 0)]);
    expect(windows).toEqual([
      [0, 44],
      [44, 88],
      [88, 100],
    ]);
  });

  it('is halved when the vendor refuses its size', async () => {
    const { windows, ids } = await read(8, (span, _listing, from) => {
      if (span > 2) throw refusal(400);
      return [page([`from ${from}`], 1)];
    });
    expect(windows.filter(([from, to]) => to - from <= 2)).toEqual([
      [0, 2],
      [2, 4],
      [4, 6],
      [6, 8],
    ]);
    expect(ids).toEqual(['from 0', 'from 2', 'from 4', 'from 6']);
  });

  it('is given up when the refusal has nothing to do with its size', async () => {
    let listings = 0;
    const walk = read(44, () => {
      listings += 1;
      throw refusal(400);
    });
    await expect(walk).rejects.toMatchObject({ status: 400 });
    expect(listings).toBeLessThan(12);
  });

  it.each([403, 404, 429])('is not halved for a %i', async (status) => {
    let listings = 0;
    const walk = read(44, () => {
      listings += 1;
      throw refusal(status);
    });
    await expect(walk).rejects.toMatchObject({ status });
    expect(listings).toBe(1);
  });

  it('is read again when its total changed between two pages', async () => {
    const { windows, ids } = await read(10, (_span, listing) =>
      listing === 1 ? [page(['a'], 3), page(['c'], 2)] : [page(['a'], 2), page(['b'], 2)],
    );
    expect(windows).toHaveLength(2);
    expect(ids).toContain('b');
  });

  it('is read again when a row came twice', async () => {
    const { windows } = await read(10, (_span, listing) =>
      listing === 1 ? [page(['a', 'b'], 4), page(['b', 'c'], 4)] : [page(['a', 'b'], 4), page(['c', 'd'], 4)],
    );
    expect(windows).toHaveLength(2);
  });

  it('is halved when it never stands still, and ends', async () => {
    let changes = 0;
    const { windows } = await read(2, (span) => {
      changes += 1;
      return span > 1 ? [page(['a'], changes), page(['b'], -changes)] : [page(['a'], 1)];
    });
    expect(windows).toEqual([
      [0, 2],
      [0, 2],
      [0, 1],
      [1, 2],
    ]);
    const restless = await read(1, () => [page(['a'], null), page(['a'], null)]);
    expect(restless.ids).toContain('a');
  });

  it('ends when a call may not be made', async () => {
    let calls = 0;
    const api: ListsActions = {
      async *walkActions(_query, mayCall) {
        while ((await mayCall?.()) === true) yield page([`${(calls += 1)}`], null);
      },
    };
    const taken: string[] = [];
    const complete = await walkActionWindow(api, {
      by: 'updated',
      window: { from: new Date(0), to: new Date(100 * DAY) },
      mayCall: async () => calls < 3,
      take: (actions) => void taken.push(...actions.map(({ id }) => id)),
    });
    expect(complete).toBe(false);
    expect(taken).toEqual(['1', '2', '3']);
    expect(calls).toBe(3);
  });
});
