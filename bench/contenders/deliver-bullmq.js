// BullMQ on Redis, which is as durable as Redis is configured to be.
import { randomBytes } from 'node:crypto';
import { Queue, Worker } from 'bullmq';
import Redis from 'ioredis';
import { REDIS_URL } from '../lib/databases.js';
import { requests, sendBy } from '../lib/http.js';

const CHUNK = 1000;

export async function prepare({ template, count, baseUrl, concurrency }) {
  const send = sendBy(baseUrl);
  const parameters = requests(template);
  const name = `impact-bench-${randomBytes(6).toString('hex')}`;
  const connect = () => new Redis(REDIS_URL, { maxRetriesPerRequest: null });
  const connections = [connect(), connect()];
  const queue = new Queue(name, { connection: connections[0] });
  for (let first = 1; first <= count; first += CHUNK) {
    await queue.addBulk(
      Array.from({ length: Math.min(CHUNK, count - first + 1) }, (_, index) => ({
        name: 'report',
        data: parameters(first + index),
        opts: { removeOnComplete: true, attempts: 5 },
      })),
    );
  }
  const worker = new Worker(name, async ({ data }) => void (await send(data)), {
    connection: connections[1],
    concurrency,
    autorun: false,
  });
  worker.on('error', () => {});
  return {
    start: () => void worker.run(),
    stop: () => worker.close(),
    async left() {
      const { active = 0, waiting = 0, failed = 0, delayed = 0 } = await queue.getJobCounts();
      await queue.obliterate({ force: true });
      await queue.close();
      for (const connection of connections) connection.disconnect();
      return active + waiting + failed + delayed;
    },
  };
}
