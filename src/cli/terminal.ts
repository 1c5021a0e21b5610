/** Where a command's words go to: a terminal, a pipe or a file. */
export interface Sink {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** What a command sees of its process: everything that a test wants to give it. */
export interface Terminal {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: NodeJS.ProcessEnv;
  /** Files are named from here. */
  readonly cwd: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

const NARROWEST = 40;
const WIDEST = 100;

/** In a pipe lines are as long as they are. */
export function widthOf({ isTTY, columns }: Sink): number {
  if (isTTY !== true) return Infinity;
  return Math.min(WIDEST, Math.max(NARROWEST, columns ?? 80));
}

/** Colours on a terminal alone, and not for those who do not want them (https://no-color.org). */
export function hasColours({ isTTY }: Sink, env: NodeJS.ProcessEnv): boolean {
  return isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}
