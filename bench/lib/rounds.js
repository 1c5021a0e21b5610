/**
 * Measures contenders in turn, A B C, B C A, and so on, so that whatever the machine does meanwhile meets all of them.
 *
 * @returns {Promise<Map<string, any[]>>} what `measure` answered, by the contender's name, one per round.
 */
export async function interleave(contenders, rounds, measure) {
  const samples = new Map(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    const first = round % contenders.length;
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      samples.get(contender.name).push(await measure(contender, round));
    }
  }
  return samples;
}

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export async function timed(work) {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Milliseconds of a clock that all processes of one machine share. */
export const monotonic = () => Number(process.hrtime.bigint()) / 1e6;
