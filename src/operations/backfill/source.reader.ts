import type { BackfillSource } from './backfill.types.js';

/** What a source turned out to be. */
export type OpenedSource =
  | { readonly is: 'csv'; readonly chunks: AsyncGenerator<string | Uint8Array, void, void> }
  | { readonly is: 'sales'; readonly sales: AsyncGenerator<unknown, void, void> };

/**
 * Looks at what a source gives first: text and bytes are a CSV file, everything else is a sale.
 *
 * A signal ends the source from outside, also while it keeps everybody waiting. What was read until then may
 * be cut in the middle: whoever aborts must not use its end.
 */
export async function openSource(source: BackfillSource, signal?: AbortSignal): Promise<OpenedSource> {
  const all = untilAborted(source as Iterable<unknown> | AsyncIterable<unknown>, signal);
  const first = await all.next();
  const isChunk = typeof first.value === 'string' || first.value instanceof Uint8Array;
  const values = (async function* () {
    try {
      if (first.done !== true) yield first.value;
      yield* all;
    } finally {
      await all.return();
    }
  })();
  return isChunk
    ? { is: 'csv', chunks: values as AsyncGenerator<string | Uint8Array, void, void> }
    : { is: 'sales', sales: values };
}

async function* untilAborted(
  source: Iterable<unknown> | AsyncIterable<unknown>,
  signal: AbortSignal | undefined,
): AsyncGenerator<unknown, void, void> {
  const iterator =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  let isOver = false;
  try {
    while (signal?.aborted !== true) {
      const step = await orAborted(Promise.resolve(iterator.next()), signal);
      if (step === null) return;
      if (step.done === true) {
        isOver = true;
        return;
      }
      yield step.value;
    }
  } finally {
    if (!isOver) await closed(source, iterator, signal);
  }
}

async function closed(
  source: unknown,
  iterator: Iterator<unknown> | AsyncIterator<unknown>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { destroy } = source as { destroy?: unknown };
  if (typeof destroy === 'function') destroy.call(source);
  const closing = Promise.resolve(iterator.return?.());
  // One that hangs in its own `next()` would hang here as well.
  if (signal?.aborted === true) closing.catch(() => undefined);
  else await closing;
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T | null> {
  if (signal === undefined) return work;
  let onAbort = (): void => undefined;
  const aborted = new Promise<null>((resolve) => {
    onAbort = () => resolve(null);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    // Aborted while the source was at work on its answer: the event is over.
    return signal.aborted ? null : await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    // If the signal won, nobody waits for it any more.
    work.catch(() => undefined);
  }
}
