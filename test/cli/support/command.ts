import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { runCli } from '../../../src/cli/program.js';

/** What a command said, and how it ended. */
export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  /** Added to `PATH` and nothing else. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** A terminal of so many columns in the place of a pipe. */
  readonly columns?: number;
  readonly signal?: AbortSignal;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The command as a process of its own, as users run it. */
export function spawned(
  args: readonly string[],
  { env, cwd }: Surroundings,
  onOutput: (text: string, kill: (signal: NodeJS.Signals) => void) => void = () => {},
): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [here('../../support/run-ts.mjs'), here('../../../src/cli/main.ts'), ...args],
      { cwd, env: { PATH: process.env['PATH'], ...env } },
    );
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      onOutput(stdout, (signal) => child.kill(signal));
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** The same within this process: the package reads the environment, so it is changed meanwhile. */
export async function inProcess(args: readonly string[], around: Surroundings): Promise<Said> {
  const { env, cwd, columns, signal = new AbortController().signal } = around;
  let [stdout, stderr] = ['', ''];
  const tty = columns === undefined ? {} : { isTTY: true, columns };
  const before = { ...process.env };
  Object.assign(process.env, env);
  try {
    const code = await runCli(args, {
      stdout: { ...tty, write: (text) => (stdout += text) },
      stderr: { ...tty, write: (text) => (stderr += text), ...STREAM },
      env: process.env,
      cwd,
      signal,
    });
    return { code, stdout, stderr };
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

/** What the progress bar asks of a terminal besides. */
const STREAM = {
  on: () => {},
  cursorTo: () => {},
  moveCursor: () => {},
  clearLine: () => {},
  removeListener: () => {},
};

// eslint-disable-next-line no-control-regex
const ESCAPES = /\u001b(\[[0-9;?]*[a-zA-Z]|[78])/g;

/** Without colours and movements of the cursor. */
export const readable = (text: string): string => text.replaceAll(ESCAPES, '');
