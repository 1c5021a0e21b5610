import type { AnswerHeaders } from './rate.rules.js';

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

/** What came of one try. */
export interface Tried {
  readonly exchange: Exchange;
  /** It failed on a pooled socket that turned out to be dead: worth a fresh one. */
  readonly staleSocket: boolean;
}

/** The total time of an exchange, its retry included. */
export class Deadline {
  readonly #timer: NodeJS.Timeout;
  #isOver = false;
  #end: () => void = () => {};

  constructor(milliseconds: number) {
    this.#timer = setTimeout(() => {
      this.#isOver = true;
      this.#end();
    }, milliseconds);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Called when the time is up; takes the place of the listener before. */
  onEnd(listener: () => void): void {
    this.#end = listener;
    if (this.#isOver) listener();
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}

export const failed = (networkCode: string, requestMayHaveArrived: boolean): Exchange => ({
  kind: 'failed',
  networkCode,
  requestMayHaveArrived,
});

/** The code alone: the error itself holds the request, its headers and its body. */
export function codeOf(error: unknown): string {
  const { cause, code } = error as { cause?: { code?: unknown }; code?: unknown };
  const text = cause?.code ?? code;
  return typeof text === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(text) ? text : 'UNKNOWN';
}
