// No database and no promise: as many calls at once as allowed, as fast as the client goes.
import { inPool, requests, sendBy, sendByAxios, sendByUndici } from '../lib/http.js';

const CLIENTS = { axios: sendByAxios, undici: sendByUndici, 'own client': sendBy };

export async function prepare({ client, template, count, baseUrl, concurrency }) {
  const send = await CLIENTS[client](baseUrl, concurrency);
  const parameters = requests(template);
  let done = 0;
  let running;
  return {
    start() {
      running = inPool(count, concurrency, async (number) => {
        await send(parameters(number));
        done += 1;
      });
    },
    stop: () => running,
    left: () => count - done,
  };
}
