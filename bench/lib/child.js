// Contenders run in processes of their own: one's heap, timers and compiled code are no other's.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** @param file beside this folder, e.g. `contenders/stub.js`. */
export function startChild(file, { arguments: given = [], execArgv = [] } = {}) {
  const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
  const child = fork(path, given, { execArgv, serialization: 'advanced' });
  const waiting = new Map();
  let last = 0;
  child.on('message', ({ id, answer, error }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) resolve(answer);
    else reject(new Error(`${file}: ${error}`));
  });
  child.on('exit', (code, signal) => {
    for (const { reject } of waiting.values()) reject(new Error(`${file} ended early (${code ?? signal})`));
    waiting.clear();
  });
  return {
    ask: (what, given) =>
      new Promise((resolve, reject) => {
        last += 1;
        waiting.set(last, { resolve, reject });
        child.send({ id: last, what, given });
      }),
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) {
          resolve();
          return;
        }
        child.once('exit', () => resolve());
        if (child.connected) child.disconnect();
        setTimeout(() => child.kill('SIGKILL'), 5000).unref();
      }),
  };
}

/** The child's side: answers each question with the handler of its name. */
export function answerParent(handlers) {
  const answer = async ({ id, what, given }) => {
    try {
      process.send({ id, answer: await handlers[what](given) });
    } catch (error) {
      process.send({ id, error: error.stack ?? String(error) });
    }
  };
  process.on('message', (question) => void answer(question));
  process.on('disconnect', () => process.exit());
}
