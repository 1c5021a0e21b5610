// Runs one contender of the `deliver` group in a process of its own.
import { answerParent } from '../lib/child.js';

let contender;
answerParent({
  /** Everything up to, and without, the first call. */
  async prepare({ file, ...given }) {
    const { prepare } = await import(new URL(`../${file}`, import.meta.url).href);
    contender = await prepare(given);
  },
  /** Begins to work; answers before it is done. */
  async start() {
    const { cpu } = usage();
    contender.startedAt = cpu;
    await contender.start();
  },
  /** What is left to do after everything has arrived, and microseconds of CPU used since the start. */
  async stop() {
    const cpu = usage().cpu - contender.startedAt;
    await contender.stop();
    return { left: await contender.left(), cpu };
  },
});

function usage() {
  const { user, system } = process.cpuUsage();
  return { cpu: user + system };
}
