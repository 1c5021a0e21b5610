// impact.com's conversion endpoint as far as a sender sees it, and a count of what really arrived.
import { createServer } from 'node:http';
import { answerParent } from '../lib/child.js';
import { monotonic } from '../lib/rounds.js';

let expected = 0;
let delay = 0;
let slow = { every: 0, delay: 0 };
let skip = 0;
let seen = new Uint8Array(0);
let answered = [];
let arrivals = 0;
let arrivedAt = [];
let distinct = 0;
let done = () => {};

const server = createServer((request, response) => {
  const at = monotonic();
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    const order = Number(/(?:^|&)OrderId=ORDER-(\d+)/.exec(body)?.[1]);
    if (request.method !== 'POST' || !(order >= 1 && order <= expected)) {
      response.writeHead(404, { 'Content-Type': 'application/json' });
      response.end('{"Status":"ERROR","Message":"Not a sale of this run"}');
      return;
    }
    arrivals += 1;
    arrivedAt[order] ??= at;
    // Always the same orders, so that every contender meets the same slow answers.
    const wait = slow.every > 0 && order % slow.every === 0 ? slow.delay : delay;
    const answer = () => {
      answered.push(performance.now());
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(
        `{"Status":"QUEUED","QueuedUri":"${request.url.replace('Conversions', 'APISubmissions')}/A-${order}"}`,
      );
      if (seen[order] === 0) {
        seen[order] = 1;
        distinct += 1;
        if (distinct === expected) done();
      }
    };
    if (wait === 0) answer();
    else setTimeout(answer, wait);
  });
});
// Idle sockets are the clients' to close.
server.keepAliveTimeout = 120_000;

answerParent({
  start: () => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port))),
  /** Forgets everything and expects the orders 1 to `count`. */
  expect(plan) {
    expected = plan.count;
    delay = plan.delay;
    slow = plan.slow ?? { every: 0, delay: 0 };
    skip = plan.skip ?? 0;
    seen = new Uint8Array(expected + 1);
    answered = [];
    arrivals = 0;
    arrivedAt = [];
    distinct = 0;
  },
  /** Waits for every order, for so many milliseconds at most. */
  async finished(patience) {
    if (distinct < expected) {
      await Promise.race([
        new Promise((resolve) => (done = resolve)),
        new Promise((resolve) => setTimeout(resolve, patience).unref()),
      ]);
    }
    return report();
  },
  report,
  /** When each order came in, by its number, in milliseconds of the machine's monotonic clock. */
  arrivals: () => arrivedAt,
});

/** The rate is that of the middle eight tenths: no contender is charged for its start or its last slow answer. */
function report() {
  const settled = answered.findIndex((at) => at >= answered[0] + skip);
  const first = Math.max(settled, Math.floor(answered.length * 0.1));
  const last = Math.ceil(answered.length * 0.9) - 1;
  return {
    arrivals,
    distinct,
    repeats: arrivals - distinct,
    rate: ((last - first) * 1000) / (answered[last] - answered[first]),
  };
}
