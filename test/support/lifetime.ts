import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type HandleWatch, watchHandles } from './open.handles.js';

type Closing = () => unknown;

/** What is opened here is closed in reverse order at the end, and after that nothing may be left open. */
export interface Lifetime {
  /** Closes the thing at the end. Answers the thing. */
  keep<T>(thing: T, close: (thing: T) => unknown): T;
}

/**
 * Call it at the top of a file or inside a `describe`. Whoever leaves a timer or a socket behind fails,
 * also when its timer is unref'd.
 *
 * @param per `test`: for what one test opens; `file`: for what the tests of the file or `describe` share.
 */
export function useLifetime(per: 'test' | 'file' = 'test'): Lifetime {
  const closings: Closing[] = [];
  let watch: HandleWatch;
  const [begin, end] = per === 'test' ? [beforeEach, afterEach] : [beforeAll, afterAll];

  begin(() => {
    watch = watchHandles();
  });

  end(async () => {
    const errors: unknown[] = [];
    for (const close of closings.splice(0).toReversed()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    const left = await leftOpen(watch);
    watch.stop();
    if (errors.length > 0) throw new AggregateError(errors, 'Closing what was opened failed.');
    if (left.length > 0) throw new LeakError(left);
  });

  return {
    keep(thing, close) {
      closings.push(() => close(thing));
      return thing;
    },
  };
}

export class LeakError extends Error {
  constructor(left: readonly string[]) {
    super(`Something was left open:\n  ${left.join('\n  ')}`);
  }
}

/** How long a database may take to close its end of a connection, in milliseconds. Only a leak waits so long. */
const GOODBYE = 3_000;

/** Handles are let go some turns of the event loop after they were closed. */
async function leftOpen(watch: HandleWatch): Promise<string[]> {
  const started = performance.now();
  while (watch.open().length > 0 && performance.now() - started < GOODBYE) await nextTurn();
  return watch.open();
}
