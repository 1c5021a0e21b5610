import type { Clock } from '../../database/index.js';

/** Milliseconds between two lines about the same thing. */
const PAUSE = 60_000;

/** Says each kind of thing once a minute at most: who knows the path must not be able to fill the log. */
export class RationedLog {
  readonly #last = new Map<string, { at: number; silent: number }>();

  constructor(
    private readonly write: (line: string) => void,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  say(kind: string, line: string): void {
    const now = this.clock.now().getTime();
    const last = this.#last.get(kind);
    if (last !== undefined && now - last.at < PAUSE) {
      last.silent += 1;
      return;
    }
    this.#last.set(kind, { at: now, silent: 0 });
    const more =
      last === undefined || last.silent === 0 ? '' : ` (and ${last.silent} more since the last line)`;
    this.write(line + more);
  }
}
