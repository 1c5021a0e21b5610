// pg-boss on the same PostgreSQL. One worker takes large batches and works through them with the wanted concurrency, and
// asks for the next at once: at one job per poll it would make two calls a second.
import PgBoss from 'pg-boss';
import { requests, sendBy } from '../lib/http.js';

const CHUNK = 1000;

export async function prepare({ database, template, count, baseUrl, concurrency }) {
  const send = sendBy(baseUrl);
  const parameters = requests(template);
  const boss = new PgBoss({ connectionString: database.url, schedule: false });
  boss.on('error', () => {});
  await boss.start();
  await boss.createQueue('report');
  for (let first = 1; first <= count; first += CHUNK) {
    await boss.insert(
      Array.from({ length: Math.min(CHUNK, count - first + 1) }, (_, index) => ({
        name: 'report',
        data: { parameters: parameters(first + index) },
      })),
    );
  }
  return {
    async start() {
      const worker = await boss.work(
        'report',
        { batchSize: 10 * concurrency, pollingIntervalSeconds: 0.5 },
        async (jobs) => {
          const queue = [...jobs];
          await Promise.all(
            Array.from({ length: concurrency }, async () => {
              for (let job = queue.pop(); job !== undefined; job = queue.pop())
                await send(job.data.parameters);
            }),
          );
          boss.notifyWorker(worker);
        },
      );
    },
    stop: () => boss.offWork('report'),
    async left() {
      // The batch that has just been worked through is still being written.
      for (let looks = 0; looks < 50; looks += 1) {
        if ((await boss.getQueueSize('report', { before: 'completed' })) === 0) break;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      const left = await boss.getQueueSize('report', { before: 'completed' });
      await boss.stop({ graceful: false });
      return left;
    },
  };
}
