import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { accept, type Answer } from './hostile.answers.js';
import { actionsPage } from './receiver.answers.js';

const SID = 'IRfaults2';
const PATH = /^\/([\w-]+)\/Advertisers\/IRfaults2\/(Conversions|Actions|APISubmissions)(?:\/([\w-]+))?$/;

/** One request, as it arrived. */
export interface HostileCall {
  /** From 1, over all calls. */
  readonly number: number;
  /** Who made it: what {@link HostileServer.urlFor} was given. */
  readonly from: string;
  readonly what: 'sale' | 'listing' | 'look-up';
  /** Of a sale. */
  readonly orderId: string;
  /** From 1, among the calls for this order. */
  readonly attempt: number;
  /** Of a look-up. */
  readonly submissionId: string;
  readonly socket: Socket;
}

/**
 * A vendor that answers as no vendor should. What an answer says and whether the sale is in the vendor's
 * books are two things: see {@link Answer.takes}. Listings and look-ups tell what is in the books.
 */
export class HostileServer {
  readonly credentials = {
    accountSid: SID,
    authToken: 'hostile-token',
    campaignId: '1000',
    eventTypeId: '2000',
  } as const;
  readonly calls: HostileCall[] = [];
  /** How a sale is answered. */
  sales: (call: HostileCall) => Answer = () => accept();
  /** How a listing or look-up is answered; `null`: from the books. */
  reads: (call: HostileCall) => Answer | null = () => null;
  /** Submissions in the books, by order. */
  readonly #books = new Map<string, { readonly number: number; readonly submissionId: string }[]>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('error', () => {});
      response.on('error', () => {});
      request.on('end', () => this.#answer(request, response, body));
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(): Promise<HostileServer> {
    const hostile = new HostileServer();
    await new Promise<void>((resolve) => hostile.#server.listen(0, '127.0.0.1', resolve));
    return hostile;
  }

  get url(): string {
    return this.urlFor('shop');
  }

  /** The base URL for one process, so that its calls can be told from others'. */
  urlFor(process: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${process}`;
  }

  /** The vendor as one process sees it. */
  seenBy(process: string): { url: string; credentials: HostileServer['credentials'] } {
    return { url: this.urlFor(process), credentials: this.credentials };
  }

  /** Calls with a sale: all, or those of one order. */
  posts(orderId?: string): HostileCall[] {
    return this.calls.filter(
      (call) => call.what === 'sale' && (orderId === undefined || call.orderId === orderId),
    );
  }

  /** How often each order is in the books. */
  taken(): Map<string, number> {
    return new Map([...this.#books].map(([order, entries]) => [order, entries.length]));
  }

  /** Behaves again, and forgets what it was asked; the books stay. */
  calmDown(): void {
    this.sales = () => accept();
    this.reads = () => null;
    this.calls.length = 0;
  }

  /** Open connections. */
  get connections(): readonly Socket[] {
    return [...this.#sockets];
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse, body: string): void {
    const [, from = '', resource = '', submissionId = ''] =
      PATH.exec((request.url ?? '').split('?', 1)[0]!) ?? [];
    const orderId = new URLSearchParams(body).get('OrderId') ?? '';
    const call: HostileCall = {
      number: this.calls.length + 1,
      from,
      what: WHAT[`${request.method} ${resource}`] ?? 'look-up',
      orderId,
      attempt: this.posts(orderId).length + 1,
      submissionId,
      socket: request.socket,
    };
    this.calls.push(call);
    if (call.what === 'sale') {
      const answer = this.sales(call);
      const queued = `S-${orderId}-${call.attempt}`;
      if (answer.takes) {
        const entry = { number: call.number, submissionId: queued };
        this.#books.set(orderId, [...(this.#books.get(orderId) ?? []), entry]);
      }
      answer.give(response, `/Advertisers/${SID}/APISubmissions/${queued}`);
      return;
    }
    const answer = this.reads(call);
    if (answer !== null) answer.give(response, '');
    else json(response, call.what === 'listing' ? this.#listing() : this.#submission(call));
  }

  #listing(): string {
    return actionsPage([...this.#books].map(([orderId, [first]]) => ({ orderId, number: first!.number })));
  }

  #submission({ submissionId }: HostileCall): string {
    const repeat = [...this.#books.values()].some((entries) =>
      entries.slice(1).some((entry) => entry.submissionId === submissionId),
    );
    return JSON.stringify({
      BatchId: submissionId,
      Status: 'Complete',
      ErrorType: repeat ? 'ERROR' : '',
      ErrorReason: repeat ? 'CONV_DUPLICATE' : '',
    });
  }
}

const WHAT: Readonly<Record<string, HostileCall['what']>> = {
  'POST Conversions': 'sale',
  'GET Actions': 'listing',
  'GET APISubmissions': 'look-up',
};

const json = (response: ServerResponse, body: string): void => {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end(body);
};
