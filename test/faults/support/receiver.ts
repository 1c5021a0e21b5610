import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { actionsPage } from './receiver.answers.js';

/** One POST of a sale, as the vendor saw it. Times are `performance.now()` of this process. */
export interface Call {
  /** Who made it: the part of the base URL that {@link Receiver.urlFor} gave to one process. */
  readonly from: string;
  readonly orderId: string;
  /** From 1, over all processes. */
  readonly number: number;
  /** From 1, among the calls with this order id. */
  readonly attempt: number;
  readonly at: number;
  /** The vendor's books have it, whether or not anybody was told. */
  accepted: boolean;
  submissionId: string | null;
  /** When the last byte was handed out, or the connection ended; `null` while it is under way. */
  endedAt: number | null;
  ending: 'answered' | 'cut' | 'gone' | null;
}

/** What the vendor does with a call. */
export type Reply =
  /** Takes it and says so. */
  | { readonly do: 'accept'; readonly after?: number }
  /** Answers something else, and takes nothing unless `accepted`. */
  | {
      readonly do: 'answer';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly accepted?: boolean;
      readonly after?: number;
    }
  /** Takes it (unless told otherwise) and breaks the connection without a word. */
  | { readonly do: 'cut'; readonly accepted?: boolean; readonly after?: number }
  /** Takes it and says nothing until {@link Receiver.release}. */
  | { readonly do: 'hang'; readonly accepted?: boolean };

export type Behaviour = (call: Call) => Reply;

interface Hung {
  readonly call: Call;
  readonly answer: () => void;
}

const SID = 'IRfaults1';
const SALES = /^\/([\w-]+)\/Advertisers\/IRfaults1\/Conversions$/;
const READS = /^\/([\w-]+)\/Advertisers\/IRfaults1\/(Actions|APISubmissions)\b/;

/** One reply after the other; the last one from then on. */
export const inSequence = (...replies: readonly Reply[]): Behaviour => {
  let next = 0;
  return () => replies[Math.min(next++, replies.length - 1)]!;
};

/**
 * The vendor as a fault sees it: takes sales over real HTTP with kept connections, counts what it took by
 * order, remembers the order of calls within a sale, and behaves as the test tells it to.
 *
 * Every process calls under an address of its own, so a call is known to be this or that process's.
 */
export class Receiver {
  readonly credentials = {
    accountSid: SID,
    authToken: 'faults-token',
    campaignId: '1000',
    eventTypeId: '2000',
  } as const;
  /** Every POST of a sale, in the order of arrival. */
  readonly calls: Call[] = [];
  /** `GET` calls, by resource. */
  readonly reads = { Actions: 0, APISubmissions: 0 };
  /** What becomes of a call; changes for those that arrive later. */
  behaviour: Behaviour = () => ({ do: 'accept' });
  /** Told of each call the moment its body is in, before anything is answered. */
  onCall: (call: Call) => void = () => {};
  /** Told when the answer of a taken call has been handed to the network. */
  onAnswered: (call: Call) => void = () => {};
  readonly #byOrder = new Map<string, Call[]>();
  readonly #hung = new Set<Hung>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer({ keepAlive: true, keepAliveTimeout: 60_000 }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('error', () => {});
      response.on('error', () => {});
      request.on('end', () => this.#route(request, response, Buffer.concat(chunks).toString('utf8')));
    });
  }

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  /** The base URL for one process. */
  urlFor(process: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${process}`;
  }

  /** Calls with this order id, in the order of arrival. */
  of(orderId: string): readonly Call[] {
    return this.#byOrder.get(orderId) ?? [];
  }

  orders(): string[] {
    return [...this.#byOrder.keys()];
  }

  /** How often each order was taken. */
  accepted(): Map<string, number> {
    return new Map(
      [...this.#byOrder].map(([order, calls]) => [order, calls.filter(({ accepted }) => accepted).length]),
    );
  }

  /** Calls that took an order once more after it had been taken. */
  repeats(): Call[] {
    return [...this.#byOrder.values()].flatMap((calls) => calls.filter(({ accepted }) => accepted).slice(1));
  }

  /** Calls without an end yet, of one process or of all. */
  underWay(from?: string): Call[] {
    return this.calls.filter((call) => call.endedAt === null && (from === undefined || call.from === from));
  }

  /** Answers calls that hang, and says which. */
  release(which: (call: Call) => boolean = () => true): Call[] {
    const released = [...this.#hung].filter(({ call }) => which(call));
    for (const hung of released) {
      this.#hung.delete(hung);
      hung.answer();
    }
    return released.map(({ call }) => call);
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #route(request: IncomingMessage, response: ServerResponse, body: string): void {
    const path = (request.url ?? '').split('?', 1)[0]!;
    const sale = SALES.exec(path);
    if (request.method === 'POST' && sale !== null) {
      this.#take(sale[1]!, new URLSearchParams(body).get('OrderId') ?? '', request, response);
      return;
    }
    const read = READS.exec(path);
    if (request.method === 'GET' && read !== null) {
      const resource = read[2] as keyof typeof this.reads;
      this.reads[resource] += 1;
      if (resource === 'Actions') answer(response, 200, actionsPage(this.#taken()));
      else answer(response, 404, '{"Status":"ERROR","Message":"No such submission"}');
      return;
    }
    answer(response, 404, '{"Status":"ERROR","Message":"No such page"}');
  }

  #taken(): Call[] {
    return [...this.#byOrder.values()].flatMap((calls) => calls.find(({ accepted }) => accepted) ?? []);
  }

  #take(from: string, orderId: string, request: IncomingMessage, response: ServerResponse): void {
    const before = this.#byOrder.get(orderId) ?? [];
    const call: Call = {
      from,
      orderId,
      number: this.calls.length + 1,
      attempt: before.length + 1,
      at: performance.now(),
      accepted: false,
      submissionId: null,
      endedAt: null,
      ending: null,
    };
    before.push(call);
    this.#byOrder.set(orderId, before);
    this.calls.push(call);
    const reply = this.behaviour(call);
    call.accepted = reply.do === 'answer' ? reply.accepted === true : takes(reply);
    if (call.accepted) call.submissionId = `S-${call.number}`;
    const end = (ending: Call['ending']): void => {
      call.endedAt ??= performance.now();
      call.ending ??= ending;
    };
    response.on('close', () => end('gone'));
    response.on('finish', () => {
      end('answered');
      if (call.accepted) this.onAnswered(call);
    });
    this.onCall(call);
    const done = (): void => {
      if (request.socket.destroyed) return;
      if (reply.do === 'cut') {
        end('cut');
        request.socket.destroy();
      } else if (reply.do === 'answer') {
        answer(response, reply.status, reply.body ?? '', reply.headers);
      } else {
        answer(response, 200, queued(call));
      }
    };
    if (reply.do === 'hang') this.#hung.add({ call, answer: done });
    else this.#later(reply.after ?? 0, done);
  }

  #later(milliseconds: number, work: () => void): void {
    if (milliseconds <= 0) {
      work();
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, milliseconds);
    this.#timers.add(timer);
  }
}

const takes = (reply: Exclude<Reply, { do: 'answer' }>): boolean =>
  reply.do === 'accept' || reply.accepted !== false;

/** The proof of acceptance (docs/vendor-contract.md §3.4). */
const queued = ({ submissionId }: Call): string =>
  JSON.stringify({ Status: 'QUEUED', QueuedUri: `/Advertisers/${SID}/APISubmissions/${submissionId}` });

function answer(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}
