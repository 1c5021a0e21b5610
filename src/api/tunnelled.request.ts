import http from 'node:http';
import https, { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import type { AxiosInstance } from 'axios';
import { readBody } from './body.reader.js';
import { codeOf, type Deadline, type ExchangeRequest, failed, type Tried } from './exchange.types.js';
import { RequestTrace } from './request.trace.js';

const DEADLINE = 'DEADLINE';

/** Whether the environment names a proxy for https; `NO_PROXY` is left to axios. */
export function namesProxy(environment: NodeJS.ProcessEnv): boolean {
  const { https_proxy: a, HTTPS_PROXY: b, all_proxy: c, ALL_PROXY: d } = environment;
  return [a, b, c, d].some((value) => value !== undefined && value !== '');
}

/** One request through axios' own adapter, which opens tunnels through the environment's proxies. Never rejects. */
export async function requestThroughProxy(
  axios: AxiosInstance,
  { method, url, headers, body, longestAnswer }: ExchangeRequest,
  fresh: boolean,
  deadline: Deadline,
): Promise<Tried> {
  const trace = new RequestTrace();
  const abort = new AbortController();
  deadline.onEnd(() => abort.abort());
  try {
    const answer = await axios.request<Readable>({
      url: url.href,
      method,
      headers,
      ...(body === null ? {} : { data: body }),
      signal: abort.signal,
      responseType: 'stream',
      // What axios decodes it leaves without its header.
      decompress: true,
      maxRedirects: 0,
      validateStatus: () => true,
      transformRequest: [(data: unknown) => data],
      transport: trace.transport(http.request, https.request),
      ...(fresh ? { httpsAgent: unpooled(axios.defaults.httpsAgent) } : {}),
    });
    const { status, data } = answer;
    if (trace.tunnelRefused) {
      data.destroy();
      return { exchange: failed(`PROXY_${status}`, false), staleSocket: false };
    }
    deadline.onEnd(() => data.destroy());
    const read = await readBody(data, undefined, longestAnswer, () => deadline.isOver);
    const answered = Object.fromEntries(Object.entries(answer.headers));
    return { exchange: { kind: 'answered', status, headers: answered, ...read }, staleSocket: false };
  } catch (error) {
    const code = deadline.isOver ? DEADLINE : codeOf(error);
    const staleSocket = !fresh && !deadline.isOver && trace.wasStale(code);
    return { exchange: failed(code, trace.mayHaveArrived(code)), staleSocket };
  }
}

function unpooled(pooled: unknown): HttpsAgent {
  const tls = pooled instanceof HttpsAgent ? pooled.options : {};
  return new HttpsAgent({ ...tls, keepAlive: false });
}
