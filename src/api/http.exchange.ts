import http, { Agent as HttpAgent } from 'node:http';
import https, { Agent as HttpsAgent } from 'node:https';
import { addAbortSignal, type Readable } from 'node:stream';
import type { HttpService } from '@nestjs/axios';
import { firstValueFrom } from 'rxjs';
import type { AnswerHeaders } from './rate.rules.js';
import { RequestTrace } from './request.trace.js';

export interface ExchangeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Most bytes of an answer that are read, after decompression. */
  readonly longestAnswer: number;
}

/** What came of one request, without anything of the request in it. */
export type Exchange =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: AnswerHeaders;
      /** `null` when the body could not be read to its end; see `why`. */
      readonly text: string | null;
      readonly why: string | null;
    }
  | {
      readonly kind: 'failed';
      /** Node's code, `DEADLINE`, or `PROXY_` and the status with which a proxy refused the tunnel. */
      readonly networkCode: string;
      readonly requestMayHaveArrived: boolean;
    };

const DEADLINE = 'DEADLINE';
/** A pooled socket that the other side had closed fails like this on its next use. */
const STALE_SOCKET_CODES = new Set(['ECONNRESET', 'EPIPE']);

/**
 * One HTTP exchange, with what axios leaves open closed:
 *
 * - the deadline is total: connecting, a server that dribbles headers or body, and the one retry;
 * - redirects are answers, never followed (axios makes a GET of a redirected POST and reports 200);
 * - bodies are read as a stream up to a limit, counted after decompression;
 * - a reset on a reused socket is retried once, at once, on a fresh one, and nothing else is;
 * - it never rejects, and nothing that it returns holds the request.
 *
 * Proxies: for https the environment's proxy (`HTTPS_PROXY`, `NO_PROXY`) is used through a tunnel that
 * keeps TLS end to end; what it answers when it refuses the tunnel is never taken for the vendor's answer.
 * For plain http, which only a sandbox speaks, no proxy is used: it would read the credentials.
 */
export class HttpExchange {
  readonly #http: HttpService;
  readonly #timeout: number;

  /** @param timeout milliseconds from the start to the last byte. */
  constructor(service: HttpService, timeout: number) {
    this.#http = service;
    this.#timeout = timeout;
  }

  async send(request: ExchangeRequest): Promise<Exchange> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), this.#timeout);
    try {
      return (
        (await this.#attempt(request, deadline.signal, false)) ??
        (await this.#onFreshSocket(request, deadline.signal))
      );
    } finally {
      clearTimeout(timer);
    }
  }

  async #onFreshSocket(request: ExchangeRequest, signal: AbortSignal): Promise<Exchange> {
    const second = await this.#attempt(request, signal, true);
    // The first socket took the request before it broke: the vendor may have seen it after all.
    if (second?.kind === 'failed') return { ...second, requestMayHaveArrived: true };
    return second ?? { kind: 'failed', networkCode: 'ECONNRESET', requestMayHaveArrived: true };
  }

  /** `undefined` when a pooled socket turned out to be dead. */
  async #attempt(
    request: ExchangeRequest,
    signal: AbortSignal,
    fresh: boolean,
  ): Promise<Exchange | undefined> {
    const trace = new RequestTrace();
    try {
      const { status, headers, data } = await firstValueFrom(
        this.#http.request<Readable>({
          url: request.url.href,
          method: request.method,
          headers: request.headers,
          ...(request.body === null ? {} : { data: request.body }),
          signal,
          responseType: 'stream',
          maxRedirects: 0,
          validateStatus: () => true,
          transformRequest: [(body: unknown) => body],
          transport: trace.transport(http.request, https.request),
          ...(request.url.protocol === 'http:' ? { proxy: false as const } : {}),
          ...(fresh ? this.#unpooledAgents() : {}),
        }),
      );
      if (trace.tunnelRefused) {
        data.destroy();
        return { kind: 'failed', networkCode: `PROXY_${status}`, requestMayHaveArrived: false };
      }
      const body = await readBody(data, request.longestAnswer, signal);
      return { kind: 'answered', status, headers: Object.fromEntries(Object.entries(headers)), ...body };
    } catch (error) {
      const code = signal.aborted ? DEADLINE : codeOf(error);
      if (!fresh && trace.reusedSocket && !trace.answered && STALE_SOCKET_CODES.has(code)) return undefined;
      return { kind: 'failed', networkCode: code, requestMayHaveArrived: trace.mayHaveArrived(code) };
    }
  }

  #unpooledAgents(): { httpAgent: HttpAgent; httpsAgent: HttpsAgent } {
    const pooled: unknown = this.#http.axiosRef.defaults.httpsAgent;
    const tls = pooled instanceof HttpsAgent ? pooled.options : {};
    return { httpAgent: new HttpAgent(), httpsAgent: new HttpsAgent({ ...tls, keepAlive: false }) };
  }
}

async function readBody(
  body: Readable,
  longest: number,
  signal: AbortSignal,
): Promise<{ text: string | null; why: string | null }> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of addAbortSignal(signal, body)) {
      const bytes = chunk as Buffer;
      size += bytes.length;
      // Leaving the loop destroys the stream and with it the socket.
      if (size > longest) return { text: null, why: `an answer of more than ${longest} bytes` };
      chunks.push(bytes);
    }
  } catch {
    return {
      text: null,
      why: signal.aborted ? 'an answer that did not end in time' : 'an answer that broke off',
    };
  }
  return { text: Buffer.concat(chunks, size).toString('utf8'), why: null };
}

/** The code alone: the error itself holds the request, its headers and its body. */
function codeOf(error: unknown): string {
  const { cause, code } = error as { cause?: { code?: unknown }; code?: unknown };
  const text = cause?.code ?? code;
  return typeof text === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(text) ? text : 'UNKNOWN';
}
