import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import type { HeldRequest, RequestClick } from './click.model.js';

/** What one request knows about its click. Made by capture, one per request. */
export class RequestScope {
  #read: (() => RequestClick | null) | null;
  #click: RequestClick | null | undefined;
  #held: HeldRequest | null = null;
  #notTheBuyer = false;
  #ended = false;

  /** @param read asked at most once, and only when somebody wants to know: the cookie costs more than most requests need. */
  constructor(read: () => RequestClick | null) {
    this.#read = read;
  }

  /** A landing in this very request replaces what the cookie says. */
  replace(click: RequestClick): void {
    if (this.#ended) return;
    this.#click = click;
    this.#held = null;
  }

  /** The visitor wants no click to be known of him. */
  forget(): void {
    this.#click = null;
    this.#held = null;
  }

  markNotTheBuyer(): void {
    this.#notTheBuyer = true;
    this.#held = null;
  }

  /** The response has ended: from now on the click is nobody's, and the request's headers are let go. */
  end(): void {
    this.#ended = true;
    this.#read = null;
    this.#click = null;
    this.#held = null;
  }

  hold(): HeldRequest {
    this.#held ??= { click: this.#resolve(), notTheBuyer: this.#notTheBuyer, ended: this.#ended };
    return this.#held;
  }

  #resolve(): RequestClick | null {
    if (this.#click === undefined) {
      this.#click = this.#read?.() ?? null;
      this.#read = null;
    }
    return this.#click;
  }
}

/** On the raw request: for who comes by that and not by the asynchronous context. */
const SCOPE = Symbol('nestjs-impact:scope');

type Keeping = { [SCOPE]?: RequestScope };

/** The scope of a request, kept where later parts of it find it. */
export const keepScope = (rawRequest: object, scope: RequestScope): void => {
  (rawRequest as Keeping)[SCOPE] = scope;
};
/** `undefined` for a request that brings no click with it. */
export const scopeOf = (rawRequest: object): RequestScope | undefined => (rawRequest as Keeping)[SCOPE];

const OUTSIDE: HeldRequest = Object.freeze({ click: null, notTheBuyer: false, ended: false });

/**
 * The click of the request that is being served.
 *
 * - each request has a scope of its own; concurrent requests never see each other's; one that brings no
 *   click with it has none, because asynchronous context makes every promise of a request dearer;
 * - once the response has ended, timers and promises that the handler left behind get `null`: a polling
 *   loop started in a request must not carry that visitor's click for ever;
 * - a listener that knows it will go on after the response calls {@link hold} at its start and
 *   {@link runHeld} for the rest.
 */
@Injectable()
export class ImpactRequestContext {
  readonly #storage = new AsyncLocalStorage<RequestScope | { hold(): HeldRequest }>();
  readonly #outside = AsyncLocalStorage.snapshot();

  /** This request's click. `null` outside a request, without a click, on a `@NotTheBuyer()` route, and after the response. */
  current(): RequestClick | null {
    const { click, notTheBuyer } = this.hold();
    return notTheBuyer ? null : click;
  }

  /** Everything that attribution wants to know about this request, as it is now; safe to keep. */
  hold(): HeldRequest {
    return this.#storage.getStore()?.hold() ?? OUTSIDE;
  }

  /** Runs work that sees what {@link hold} answered earlier, even after the response. */
  runHeld<T>(held: HeldRequest, work: () => T): T {
    return this.#storage.run({ hold: () => held }, work);
  }

  /** Runs work inside a request's scope. */
  run<T>(scope: RequestScope, work: () => T): T {
    return this.#storage.run(scope, work);
  }

  /** Runs work outside every request: for timers and loops of the package that a request happens to start. */
  outside<T>(work: () => T): T {
    return this.#outside(() => work());
  }

  /** @internal Whether this code runs in the scope of any request, or with what one held. */
  isInsideAny(): boolean {
    return this.#storage.getStore() !== undefined;
  }

  /** @internal Whether the given scope is the one this code runs in. */
  isInside(scope: RequestScope): boolean {
    return this.#storage.getStore() === scope;
  }
}
