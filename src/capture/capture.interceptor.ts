import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { NOT_THE_BUYER } from '../clicks/index.js';
import { LandingCapture } from './landing.capture.js';
import { RequestGate, type AnyRequest, type AnyResponse, type OpenRequest } from './request.gate.js';

/**
 * Tells whose click a request is: opens its scope where no middleware did, and marks `@NotTheBuyer()`
 * routes, which only an interceptor can know. Registered globally when capture is not by interceptor.
 *
 * HTTP only; GraphQL, RPC and WebSocket handlers pass through untouched.
 */
@Injectable()
export class RequestScopeInterceptor implements NestInterceptor {
  constructor(
    @Inject(RequestGate) private readonly gate: RequestGate,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    return this.gate.during(openScope(context, this.gate, this.reflector), () => next.handle());
  }
}

/**
 * Captures the click of landing requests; the default. Global through `capture.via: 'interceptor'`, or on
 * single controllers with `@UseInterceptors(ImpactCaptureInterceptor)`.
 *
 * Runs after guards: a landing page that a guard turns away leaves no click. For those, for static files
 * and for sign-in redirects take {@link ImpactCaptureMiddleware}.
 */
@Injectable()
export class ImpactCaptureInterceptor implements NestInterceptor {
  constructor(
    @Inject(RequestGate) private readonly gate: RequestGate,
    @Inject(LandingCapture) private readonly landing: LandingCapture,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {}

  intercept(
    context: ExecutionContext,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    if (context.getType() !== 'http') return next.handle();
    const open = openScope(context, this.gate, this.reflector);
    const pending = this.landing.capture(open);
    const handle = () => this.gate.during(open, () => next.handle());
    return pending === undefined ? handle() : pending.then(handle);
  }
}

function openScope(context: ExecutionContext, gate: RequestGate, reflector: Reflector): OpenRequest {
  const http = context.switchToHttp();
  const open = gate.open(http.getRequest<AnyRequest>(), http.getResponse<AnyResponse>());
  const targets = [context.getHandler(), context.getClass()];
  if (reflector.getAllAndOverride<boolean | undefined>(NOT_THE_BUYER, targets) === true) {
    open.scope.markNotTheBuyer();
  }
  return open;
}
