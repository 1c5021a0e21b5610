import { createHook } from 'node:async_hooks';

/** Kinds of resources that outlive a test only by mistake. */
const WATCHED = new Set(['Timeout', 'Immediate', 'TCPSERVERWRAP', 'TCPWRAP']);

/**
 * Every timer and socket that was opened since {@link watchHandles} was called and is still open.
 *
 * `process.getActiveResourcesInfo()` alone leaves out what was unref'd, and a polling loop whose timer is
 * unref'd is as much a leak as any other.
 */
export interface HandleWatch {
  /** What is open now, as `kind: where it was opened`. */
  open(): string[];
  stop(): void;
}

export function watchHandles(): HandleWatch {
  const opened = new Map<number, string>();
  const hook = createHook({
    init(asyncId, type) {
      if (!WATCHED.has(type)) return;
      const origin = originOf(new Error(type));
      if (origin !== null) opened.set(asyncId, `${type}: ${origin}`);
    },
    destroy(asyncId) {
      opened.delete(asyncId);
    },
  });
  hook.enable();
  return {
    open: () => [...opened.values()],
    stop: () => {
      hook.disable();
    },
  };
}

/** Where it was opened; `null` for the test runner's own, a sandbox that files share, and Node's cache of the `Date` header. */
function originOf({ stack = '' }: Error): string | null {
  if (stack.includes('node:internal/http:')) return null;
  const frames = stack.split('\n').slice(1);
  const first =
    frames.find((frame) => !/node:|open\.handles|<anonymous>/.test(frame)) ?? frames.at(-1) ?? 'unknown';
  return /jest|lifetime\.ts|src\/sandbox/.test(first) ? null : first.trim();
}
