import { Readable, Writable } from 'node:stream';
import { CliBrowserError } from './verify.errors.js';

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly result?: unknown;
  readonly error?: { readonly message?: string };
}

/** The browser's own protocol over two pipes: messages in JSON, with a zero byte behind each. */
export class DevToolsPipe {
  readonly #in: Writable;
  readonly #waiting = new Map<number, Waiting>();
  readonly #events = new Map<string, () => void>();
  readonly #timer: NodeJS.Timeout;
  #rest = '';
  #last = 0;
  #closed = false;

  /** @param timeout milliseconds after which everything that waits is given up. */
  constructor(input: unknown, output: unknown, timeout: number) {
    if (!(input instanceof Writable) || !(output instanceof Readable))
      throw new CliBrowserError('has no pipes');
    this.#in = input;
    this.#timer = setTimeout(() => this.#end('did not answer in time'), timeout + 15_000);
    input.on('error', () => this.#end('ended'));
    output.setEncoding('utf8');
    output.on('data', (text: string) => this.#read(text));
    output.on('error', () => this.#end('ended'));
    output.on('close', () => this.#end('ended'));
  }

  /** Calls a method. @throws CliBrowserError */
  async send<T>(method: string, params: object = {}, sessionId?: string): Promise<T> {
    if (this.#closed) throw new CliBrowserError('ended');
    const id = ++this.#last;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: (result) => resolve(result as T), reject });
      this.#in.write(
        `${JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`,
      );
    });
  }

  once(event: string, listener: () => void): void {
    this.#events.set(event, listener);
  }

  close(): void {
    this.#end('was closed');
  }

  #read(text: string): void {
    const messages = (this.#rest + text).split('\0');
    this.#rest = messages.pop() ?? '';
    for (const message of messages) this.#take(JSON.parse(message) as Message);
  }

  #take({ id, method, result, error }: Message): void {
    if (id === undefined) {
      const listener = this.#events.get(method ?? '');
      this.#events.delete(method ?? '');
      listener?.();
      return;
    }
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new CliBrowserError('refused a command'));
  }

  #end(why: string): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const { reject } of this.#waiting.values()) reject(new CliBrowserError(why));
    this.#waiting.clear();
  }
}
