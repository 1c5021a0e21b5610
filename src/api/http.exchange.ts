import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { HttpService } from '@nestjs/axios';
import type { AxiosInstance, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { ENCODINGS } from './body.reader.js';
import { requestDirectly } from './direct.request.js';
import { Deadline, type Exchange, type ExchangeRequest, failed, type Tried } from './exchange.types.js';
import { namesProxy, requestThroughProxy } from './tunnelled.request.js';

const AS_IT_IS = [(data: unknown): unknown => data];

/**
 * One HTTP exchange, with what axios leaves open closed:
 *
 * - the deadline is total: waiting for a socket, connecting, a server that dribbles headers or body, and the
 *   one retry;
 * - redirects are answers, never followed (axios makes a GET of a redirected POST and reports 200);
 * - bodies are read as a stream up to a limit, counted after decompression;
 * - a reset on a reused socket is retried once, at once, on a fresh one, and nothing else is;
 * - it never rejects, and nothing that it returns holds the request.
 *
 * Requests go through the axios instance, and from there straight to Node's client: axios' own adapter costs
 * more than the request itself (docs/decisions/025). Only where the environment names a proxy for https
 * (`HTTPS_PROXY`, `NO_PROXY`) that adapter is used: it opens a tunnel, which keeps TLS end to end; what the
 * proxy answers when it refuses the tunnel is never taken for the vendor's answer. For plain http, which only
 * a sandbox speaks, no proxy is used: it would read the credentials.
 */
export class HttpExchange {
  readonly #axios: AxiosInstance;
  readonly #timeout: number;

  /** @param timeout milliseconds from the start to the last byte. */
  constructor(service: HttpService, timeout: number) {
    // HttpService.request() builds an error with a stack trace for every call that succeeds, to cancel it.
    this.#axios = service.axiosRef;
    this.#timeout = timeout;
  }

  async send(request: ExchangeRequest): Promise<Exchange> {
    const deadline = new Deadline(this.#timeout);
    try {
      const first = await this.#try(request, deadline, false);
      if (!first.staleSocket) return first.exchange;
      const { exchange } = await this.#try(request, deadline, true);
      // The first socket took the request before it broke: the vendor may have seen it after all.
      return exchange.kind === 'failed' ? { ...exchange, requestMayHaveArrived: true } : exchange;
    } finally {
      deadline.clear();
    }
  }

  async #try(request: ExchangeRequest, deadline: Deadline, fresh: boolean): Promise<Tried> {
    const secure = request.url.protocol === 'https:';
    if (secure && namesProxy(process.env)) {
      return requestThroughProxy(this.#axios, request, fresh, deadline);
    }
    const agent = this.#agentFor(secure, fresh);
    const adapter = async (config: InternalAxiosRequestConfig): Promise<AxiosResponse<Tried>> => {
      const headers = { ...config.headers.toJSON(), 'Accept-Encoding': ENCODINGS } as Record<string, string>;
      if (request.body !== null) headers['Content-Length'] = String(Buffer.byteLength(request.body));
      const data = await requestDirectly(request, headers, agent, deadline);
      return { data, status: 0, statusText: '', headers: {}, config };
    };
    try {
      const { data } = await this.#axios.request<Tried>({
        url: request.url.href,
        method: request.method,
        headers: request.headers,
        adapter,
        transformRequest: AS_IT_IS,
        transformResponse: AS_IT_IS,
        validateStatus: null,
      });
      return data;
    } catch {
      // Only something that was hung into the axios instance can have thrown: nothing was sent.
      return { exchange: failed('UNKNOWN', false), staleSocket: false };
    }
  }

  #agentFor(secure: boolean, fresh: boolean): HttpAgent | false {
    const { httpAgent, httpsAgent } = this.#axios.defaults as { httpAgent?: unknown; httpsAgent?: unknown };
    const pooled = secure ? httpsAgent : httpAgent;
    if (!(pooled instanceof HttpAgent)) return false;
    if (!fresh) return pooled;
    return pooled instanceof HttpsAgent ? new HttpsAgent({ ...pooled.options, keepAlive: false }) : false;
  }
}
