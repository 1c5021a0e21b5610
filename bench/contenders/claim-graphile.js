// graphile-worker with jobs that do nothing, batched as its own performance test does it.
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import { answerParent } from '../lib/child.js';

const SILENT = new Logger(() => () => {});
const CHUNK = 1000;
let url;
let utils;

answerParent({
  async start({ database }) {
    url = database.url;
    utils = await makeWorkerUtils({ connectionString: url, logger: SILENT });
    await utils.migrate();
  },
  /** Adds so many jobs, and measures how long a pool takes from its start until all of them are completed. */
  async work(count) {
    for (let first = 0; first < count; first += CHUNK) {
      await utils.addJobs(
        Array.from({ length: Math.min(CHUNK, count - first) }, (_, index) => ({
          identifier: 'nothing',
          payload: { number: first + index },
        })),
      );
    }
    await utils.withPgClient((client) => client.query('VACUUM ANALYZE graphile_worker._private_jobs'));
    let done = 0;
    let finished;
    const all = new Promise((resolve) => (finished = resolve));
    const started = performance.now();
    const runner = await run({
      connectionString: url,
      logger: SILENT,
      noHandleSignals: true,
      maxPoolSize: 25,
      taskList: {
        nothing: () => {
          done += 1;
          if (done === count) finished();
        },
      },
      preset: {
        worker: {
          concurrentJobs: 24,
          localQueue: { size: 500 },
          completeJobBatchDelay: 0,
          failJobBatchDelay: 0,
        },
      },
    });
    await all;
    // Returns when what was done is also written.
    await runner.stop();
    const elapsed = performance.now() - started;
    const left = await utils.withPgClient(async (client) => {
      const { rows } = await client.query('SELECT count(*)::int AS waiting FROM graphile_worker.jobs');
      return rows[0].waiting;
    });
    return { elapsed, done, left };
  },
});
