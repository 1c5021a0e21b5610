import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

type RequestFunction = (
  options: RequestOptions,
  onAnswer: (answer: IncomingMessage) => void,
) => ClientRequest;

/** What fails before a byte of the request can leave; asked only when the request itself was not seen. */
const NEVER_LEFT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** A pooled socket that the other side had closed fails like this on its next use. */
const STALE_SOCKET_CODES = new Set(['ECONNRESET', 'EPIPE']);

/**
 * Watches one request and answers the question that decides about a second sale: can the vendor have seen it?
 * Only a connection that was never ready makes that a no.
 */
export class RequestTrace {
  #request: ClientRequest | null = null;
  #ready = false;
  #answered = false;
  #tunnelRefused = false;

  /** For axios' `transport` option: Node's own request functions, watched. */
  transport(plain: RequestFunction, secure: RequestFunction): { request: RequestFunction } {
    return {
      request: (options, onAnswer) => {
        const isSecure = options.protocol === 'https:';
        const request = (isSecure ? secure : plain)(options, onAnswer);
        this.follow(request, isSecure);
        request.once('response', () => this.sawAnswer());
        return request;
      },
    };
  }

  follow(request: ClientRequest, secure: boolean): void {
    this.#request = request;
    // An https request on a socket without TLS: the proxy refused the tunnel, and its answer to CONNECT is
    // about to be handed over as if it were the vendor's.
    request.once('socket', (socket) => {
      this.#tunnelRefused = secure && !(socket instanceof TLSSocket);
      if (!this.#tunnelRefused) this.#watch(request, socket);
    });
  }

  sawAnswer(): void {
    this.#answered = true;
  }

  /** The head of an answer has come. */
  get answered(): boolean {
    return this.#answered;
  }

  /** Whether what answered was the proxy in between: the vendor has not seen the request. */
  get tunnelRefused(): boolean {
    return this.#tunnelRefused;
  }

  /** Whether this failure is that of a pooled socket which was dead before its use. */
  wasStale(code: string): boolean {
    return this.#request?.reusedSocket === true && !this.#answered && STALE_SOCKET_CODES.has(code);
  }

  mayHaveArrived(code: string): boolean {
    if (this.#request === null) return !NEVER_LEFT.has(code);
    if (this.#tunnelRefused) return false;
    return this.#ready || this.#answered;
  }

  #watch(request: ClientRequest, socket: Socket): void {
    const ready = (): void => {
      this.#ready = true;
    };
    if (request.reusedSocket) ready();
    // Over TLS nothing of the request leaves before the certificate has been accepted; a proxy's tunnel may
    // hand over a socket whose handshake is done.
    else if (socket instanceof TLSSocket && socket.getFinished() === undefined)
      socket.once('secureConnect', ready);
    else if (socket.connecting) socket.once('connect', ready);
    else ready();
  }
}
