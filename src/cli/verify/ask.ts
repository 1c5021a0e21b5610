import { createInterface } from 'node:readline/promises';

/** Whether there is a person to ask. */
export const canAsk = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

/** Asks for a line. */
export async function question(text: string, signal?: AbortSignal): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (
      await (signal === undefined ? terminal.question(text) : terminal.question(text, { signal }))
    ).trim();
  } catch {
    return '';
  } finally {
    terminal.close();
  }
}

/** Null when the answer is neither. */
export async function yesOrNo(text: string, signal: AbortSignal): Promise<boolean | null> {
  const answer = (await question(`${text} (yes/no) `, signal)).toLowerCase();
  if (/^y(es)?$/.test(answer)) return true;
  return /^no?$/.test(answer) ? false : null;
}
