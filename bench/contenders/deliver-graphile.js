// graphile-worker on the same PostgreSQL: as it comes, or with the batching that its documentation describes.
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import { requests, sendBy } from '../lib/http.js';

const SILENT = new Logger(() => () => {});
const CHUNK = 1000;

export async function prepare({ batched, database, template, count, baseUrl, concurrency }) {
  const send = sendBy(baseUrl);
  const parameters = requests(template);
  const utils = await makeWorkerUtils({ connectionString: database.url, logger: SILENT });
  await utils.migrate();
  for (let first = 1; first <= count; first += CHUNK) {
    await utils.addJobs(
      Array.from({ length: Math.min(CHUNK, count - first + 1) }, (_, index) => ({
        identifier: 'report',
        payload: parameters(first + index),
      })),
    );
  }
  const waiting = () =>
    utils.withPgClient(async (client) => {
      const { rows } = await client.query('SELECT count(*)::int AS waiting FROM graphile_worker.jobs');
      return rows[0].waiting;
    });
  let runner;
  return {
    async start() {
      runner = await run({
        connectionString: database.url,
        logger: SILENT,
        noHandleSignals: true,
        maxPoolSize: 10,
        taskList: { report: (payload) => send(payload).then(() => {}) },
        preset: {
          worker: {
            concurrentJobs: concurrency,
            ...(batched ? { localQueue: { size: 4 * concurrency }, completeJobBatchDelay: 10 } : {}),
          },
        },
      });
    },
    stop: () => runner.stop(),
    async left() {
      const left = await waiting();
      await utils.release();
      return left;
    },
  };
}
