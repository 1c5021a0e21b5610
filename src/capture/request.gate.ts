import { Inject, Injectable } from '@nestjs/common';
import { Observable } from 'rxjs';
import { ImpactRequestContext, keepScope, RequestScope } from '../clicks/index.js';
import { IMPACT_OPTIONS, type LandingRequest, type ResolvedImpactOptions } from '../config/index.js';
import { IMPACT_CLOCK, type Clock } from '../database/index.js';
import { carriedClick, carrierOf } from './click.cookie.js';
import { clickScan } from './landing.rules.js';
import { OpenRequest } from './open.request.js';
import type { RawResponse } from './response.hook.js';

/** An Express or raw Node request, or a Fastify request around one. */
export type AnyRequest = LandingRequest & { readonly raw?: LandingRequest };
/** An Express or raw Node response, or a Fastify reply around one. */
export type AnyResponse = RawResponse | { readonly raw: RawResponse };

type Keeping = LandingRequest & Record<symbol, OpenRequest | undefined>;
type Emit = (event: string | symbol, ...args: unknown[]) => boolean;

/**
 * Gives each HTTP request that may know a click its scope, once, however many middlewares and interceptors
 * ask, and closes it. All others are told by three scans, and nothing is done for them.
 *
 * The scope is kept by the raw request and not only by the asynchronous context, which a body parser or
 * another middleware may lose: what was opened once is found again by whoever comes later.
 */
@Injectable()
export class RequestGate {
  /** A property of the raw request: garbage collection costs less than with an entry of a WeakMap. */
  readonly #key = Symbol('nestjs-impact:request');
  readonly #carries: ReturnType<typeof carrierOf>;
  readonly #landsIn: ReturnType<typeof clickScan>;

  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    @Inject(IMPACT_CLOCK) private readonly clock: Clock,
    @Inject(ImpactRequestContext) private readonly context: ImpactRequestContext,
  ) {
    this.#carries = carrierOf(options.capture);
    this.#landsIn = clickScan(options.capture.parameters);
  }

  /**
   * The request's scope; `null` for one that brings no click with it, which then needs none: outside of every
   * scope the answer is the same. Called inside somebody else's (an app that calls itself in process) it
   * does need one, to be kept apart from that.
   */
  enter(anyRequest: AnyRequest, response: () => AnyResponse): OpenRequest | null {
    const request = anyRequest.raw ?? anyRequest;
    const needed =
      this.context.isInsideAny() ||
      this.#carries(request) ||
      this.#landsIn(request.originalUrl ?? request.url ?? '') ||
      this.#known(request) !== undefined;
    return needed ? this.open(request, response()) : null;
  }

  open(anyRequest: AnyRequest, anyResponse: AnyResponse): OpenRequest {
    const request = anyRequest.raw ?? anyRequest;
    const response = 'raw' in anyResponse ? anyResponse.raw : anyResponse;
    const known = this.#known(request);
    if (known !== undefined) return known;

    const { headers } = request;
    const scope = new RequestScope(() =>
      carriedClick({ headers }, this.options.capture, this.clock.now().getTime()),
    );
    const open = new OpenRequest(request, response, scope);
    (request as Keeping)[this.#key] = open;
    keepScope(request, scope);
    return open;
  }

  #known(request: LandingRequest): OpenRequest | undefined {
    return (request as Keeping)[this.#key];
  }

  /** Runs what comes next inside the request's scope. */
  run<T>({ scope }: OpenRequest, work: () => T): T {
    return this.context.isInside(scope) ? work() : this.context.run(scope, work);
  }

  /**
   * Runs the rest of the app inside the request's scope, its body included: that is read by whoever listens
   * to the request, in the context of its socket.
   */
  through<T>(open: OpenRequest, work: () => T): T {
    const request = open.request as LandingRequest & { emit?: Emit };
    const { emit } = request;
    if (emit !== undefined && request.method !== 'GET') {
      request.emit = (...args) => this.run(open, () => emit.apply(request, args));
    }
    return this.run(open, work);
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
