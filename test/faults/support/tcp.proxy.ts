import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

interface Pair {
  readonly client: Socket;
  readonly target: Socket;
}

/** Stands between a client and a server, and can take the line away. */
export class TcpProxy {
  readonly #pairs = new Set<Pair>();
  #server: Server | null = null;
  #port = 0;

  private constructor(
    private readonly host: string,
    private readonly targetPort: number,
  ) {}

  static async start(host: string, port: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(host, port);
    await proxy.up();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** Lets connections in, at the same port as before. */
  async up(): Promise<void> {
    const server = createServer((client) => this.#join(client));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Cuts every connection and refuses new ones. */
  async down(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    this.#server = null;
    this.cut();
    await closed;
  }

  /** Cuts every connection, in the middle of whatever it carries, and says how many there were. */
  cut(): number {
    const pairs = [...this.#pairs];
    for (const { client, target } of pairs) {
      for (const end of [client, target]) reset(end);
    }
    return pairs.length;
  }

  /** Nothing passes from now on, in either direction, and nothing of it is lost. */
  hold(): void {
    for (const { client, target } of this.#pairs) for (const end of [client, target]) end.pause();
  }

  /** What was held goes on its way. */
  letGo(): void {
    for (const { client, target } of this.#pairs) for (const end of [client, target]) end.resume();
  }

  /** From now on what the server says is lost, while what the clients say still arrives. */
  swallowAnswers(): void {
    for (const { client, target } of this.#pairs) target.unpipe(client).resume();
  }

  async close(): Promise<void> {
    if (this.#server !== null) await this.down();
  }

  #join(client: Socket): void {
    const target = connect({ host: this.host, port: this.targetPort, noDelay: true });
    client.setNoDelay(true);
    const pair = { client, target };
    this.#pairs.add(pair);
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#pairs.delete(pair);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}

/**
 * Node forgets a socket that is reset while it is being shut down without ever closing it, and then does not
 * end: at its exit it waits for the socket for ever.
 */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
