// The lightest HTTP client there is: requests that are ready as bytes, one under way per connection.
import { connect } from 'node:net';

const HEADER_END = Buffer.from('\r\n\r\n');

const request = (path) =>
  `GET ${path} HTTP/1.1\r\nHost: shop.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n` +
  `Accept: text/html\r\nAccept-Language: en\r\nSec-Fetch-Dest: document\r\nCookie: session=4f2a91; theme=dark\r\n\r\n`;

/**
 * Asks for pages until the time is up.
 *
 * @param options.path answers the path of each request.
 * @returns latencies in milliseconds, and how many answers were 200 and how many carried a cookie.
 */
export async function load({ port, connections, milliseconds, path }) {
  const latencies = [];
  let good = 0;
  let cookies = 0;
  const until = performance.now() + milliseconds;

  const one = () =>
    new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      let received = Buffer.alloc(0);
      let began = 0;
      const ask = () => {
        if (performance.now() >= until) {
          socket.end();
          resolve();
          return;
        }
        began = performance.now();
        socket.write(request(path()));
      };
      socket.on('connect', ask);
      socket.on('error', reject);
      socket.on('data', (chunk) => {
        received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
        const head = received.indexOf(HEADER_END);
        if (head === -1) return;
        const header = received.toString('latin1', 0, head).toLowerCase();
        const length = /content-length: (\d+)/.exec(header);
        if (length === null) return reject(new Error('An answer without Content-Length.'));
        if (received.length < head + 4 + Number(length[1])) return;
        latencies.push(performance.now() - began);
        if (header.startsWith('http/1.1 200')) good += 1;
        if (header.includes('set-cookie: impact_click=')) cookies += 1;
        received = Buffer.alloc(0);
        ask();
      });
    });

  await Promise.all(Array.from({ length: connections }, one));
  return { latencies, requests: latencies.length, good, cookies };
}
