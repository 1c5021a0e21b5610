import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { Observable } from 'rxjs';
import { isNotTheBuyers } from '../clicks/index.js';
import { LandingCapture } from './landing.capture.js';
import type { OpenRequest } from './open.request.js';
import { RequestGate, type AnyRequest, type AnyResponse } from './request.gate.js';

/**
 * Tells whose click a request is: opens its scope where no middleware did. Registered globally when capture
 * is not by interceptor and no middleware sees every request.
 *
 * HTTP only; GraphQL, RPC and WebSocket handlers pass through untouched.
 */
@Injectable()
export class RequestScopeInterceptor implements NestInterceptor {
  constructor(@Inject(RequestGate) private readonly gate: RequestGate) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const open = enter(context, this.gate);
    return open === null ? next.handle() : this.gate.during(open, () => next.handle());
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
  ) {}

  intercept(
    context: ExecutionContext,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    const open = enter(context, this.gate);
    if (open === null) return next.handle();
    const pending = this.landing.capture(open);
    const handle = () => this.gate.during(open, () => next.handle());
    return pending === undefined ? handle() : pending.then(handle);
  }
}

function enter(context: ExecutionContext, gate: RequestGate): OpenRequest | null {
  if (context.getType() !== 'http') return null;
  const open = gate.enter(context.getArgByIndex<AnyRequest>(0), () => context.getArgByIndex<AnyResponse>(1));
  // Already here: an interceptor of the app may ask for the click before the decorator's own has its turn.
  if (open !== null && isNotTheBuyers(context)) open.scope.markNotTheBuyer();
  return open;
}
