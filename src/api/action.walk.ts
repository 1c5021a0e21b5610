import { ImpactApiRefusedError } from './api.errors.js';
import type { Action, ActionPage, ActionQuery, TimeWindow } from './api.model.js';
import type { RateState } from './rate.rules.js';

/** The vendor's largest page, so that most windows are one answer and cannot move while they are read (docs/vendor-contract.md §5.1). */
const PAGE_SIZE = 20_000;
/** Windows of at most 44 days are safe (docs/vendor-contract.md §12 #16). */
const LONGEST = 44 * 86_400_000;
/** No window is halved below this: a refusal then has another reason, and what still moves moves for ever. */
const SHORTEST = 3_600_000;
/** Readings of one window before it is halved. */
const READINGS = 2;

/** What the walk needs of the client. */
export interface ListsActions {
  walkActions(query: ActionQuery, mayCall?: () => Promise<boolean>): AsyncIterable<ActionPage>;
}

export interface Walk {
  /** Which date of the actions the window is about. */
  readonly by: 'updated' | 'actionDate' | 'lockingDate';
  readonly window: TimeWindow;
  /** Asked before each call; `false` ends the walk. */
  readonly mayCall: () => Promise<boolean>;
  /** Called with every page, with some actions more than once; the next page is asked for when it is done. */
  readonly take: (actions: readonly Action[]) => void | Promise<void>;
  /** Called with what each answer says about the rate. */
  readonly onRate?: (rate: RateState) => void | Promise<void>;
  /** Called when everything before that moment of the window has been read: a walk that ends early goes on from there. */
  readonly onPart?: (to: Date) => void | Promise<void>;
}

/**
 * Reads every action of a window, however long it is and however much it moves meanwhile.
 *
 * - A window that is longer than the vendor takes is read in parts.
 * - One that the vendor refuses (it holds more than ten pages) is halved.
 * - Rows come newest first, so one that leaves the window shifts those behind it: a reading over several pages
 *   whose total changed, or in which a row came twice, is repeated, and halved when it goes on.
 *
 * @returns `false` when it ended early because a call may not be made.
 */
export async function walkActionWindow(api: ListsActions, walk: Walk): Promise<boolean> {
  let denied = false;
  const mayCall = async (): Promise<boolean> => {
    denied ||= !(await walk.mayCall());
    return !denied;
  };
  const onPart = async (to: Date): Promise<void> => {
    if (!denied) await walk.onPart?.(to);
  };
  const end = walk.window.to.getTime();
  let from = walk.window.from.getTime();
  while (from < end && !denied) {
    const to = Math.min(from + LONGEST, end);
    await readPart(api, { ...walk, mayCall, onPart }, from, to);
    from = to;
  }
  return !denied;
}

/** Halves begin and end in whole seconds, as they are asked for: neither leaves a row out, nor reads it twice. */
const SECOND = 1000;

async function readPart(
  api: ListsActions,
  walk: Walk & Required<Pick<Walk, 'onPart'>>,
  from: number,
  to: number,
): Promise<void> {
  const divisible = to - from >= 2 * SHORTEST;
  try {
    for (let reading = 0; reading < READINGS; reading += 1) {
      const still = await stoodStill(api, walk, { from: new Date(from), to: new Date(to) });
      if (still || (!divisible && reading === READINGS - 1)) return await walk.onPart(new Date(to));
    }
  } catch (error) {
    if (!divisible || !(error instanceof ImpactApiRefusedError) || error.status !== 400) throw error;
  }
  const middle = Math.floor((from + to) / 2 / SECOND) * SECOND;
  await readPart(api, walk, from, middle);
  await readPart(api, walk, middle, to);
}

/** Reads the pages of one listing; `false` when its rows moved meanwhile. */
async function stoodStill(
  api: ListsActions,
  { by, mayCall, take, onRate }: Walk,
  window: TimeWindow,
): Promise<boolean> {
  const seen = new Set<string>();
  const totals = new Set<number>();
  let repeated = false;
  for await (const page of api.walkActions({ [by]: window, pageSize: PAGE_SIZE }, mayCall)) {
    const { actions, total, rate } = page;
    await onRate?.(rate);
    if (total !== null) totals.add(total);
    for (const { id } of actions) {
      repeated ||= seen.has(id);
      seen.add(id);
    }
    await take(actions);
  }
  return !repeated && totals.size <= 1;
}
