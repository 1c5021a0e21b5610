import { Inject, Injectable } from '@nestjs/common';
import { Observable } from 'rxjs';
import { ImpactRequestContext, RequestScope } from '../clicks/index.js';
import { IMPACT_OPTIONS, type LandingRequest, type ResolvedImpactOptions } from '../config/index.js';
import { IMPACT_CLOCK, type Clock } from '../database/index.js';
import { carriedClick } from './click.cookie.js';
import type { RawResponse } from './response.hook.js';

/** An Express or raw Node request, or a Fastify request around one. */
export type AnyRequest = LandingRequest & { readonly raw?: LandingRequest };
/** An Express or raw Node response, or a Fastify reply around one. */
export type AnyResponse = RawResponse | { readonly raw: RawResponse };

/** One request on its way through the app. */
export class OpenRequest {
  /** Whether its URL has been looked at: interceptor and middleware may both be on. */
  looked = false;
  #handlers = 0;
  #closed = false;

  constructor(
    readonly request: LandingRequest,
    readonly response: RawResponse,
    readonly scope: RequestScope,
  ) {
    response.once('finish', () => scope.end());
    // A visitor who goes away early closes the connection, but the checkout's handler is still at work.
    response.once('close', () => {
      this.#closed = true;
      if (this.#handlers === 0) scope.end();
    });
  }

  handlerBegins(): void {
    this.#handlers += 1;
  }

  handlerEnds(): void {
    this.#handlers -= 1;
    if (this.#closed && this.#handlers === 0) this.scope.end();
  }
}

/**
 * Gives each HTTP request its scope, once, however many middlewares and interceptors ask, and closes it.
 *
 * The scope is kept by the raw request and not only by the asynchronous context, which a body parser or
 * another middleware may lose: what was opened once is found again by whoever comes later.
 */
@Injectable()
export class RequestGate {
  readonly #open = new WeakMap<LandingRequest, OpenRequest>();

  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    @Inject(IMPACT_CLOCK) private readonly clock: Clock,
    @Inject(ImpactRequestContext) private readonly context: ImpactRequestContext,
  ) {}

  open(anyRequest: AnyRequest, anyResponse: AnyResponse): OpenRequest {
    const request = anyRequest.raw ?? anyRequest;
    const response = 'raw' in anyResponse ? anyResponse.raw : anyResponse;
    const known = this.#open.get(request);
    if (known !== undefined) return known;

    const { headers } = request;
    const scope = new RequestScope(() =>
      carriedClick({ headers }, this.options.capture, this.clock.now().getTime()),
    );
    const open = new OpenRequest(request, response, scope);
    this.#open.set(request, open);
    return open;
  }

  /** Runs what comes next inside the request's scope. */
  run<T>({ scope }: OpenRequest, work: () => T): T {
    return this.context.isInside(scope) ? work() : this.context.run(scope, work);
  }

  /** Subscribes a handler's stream inside the request's scope and keeps the scope open until it ends. */
  during<T>(open: OpenRequest, handle: () => Observable<T>): Observable<T> {
    return new Observable<T>((subscriber) => {
      open.handlerBegins();
      subscriber.add(() => open.handlerEnds());
      subscriber.add(this.run(open, () => handle().subscribe(subscriber)));
    });
  }
}
