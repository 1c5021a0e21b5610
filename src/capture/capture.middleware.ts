import { Inject, Injectable, type NestMiddleware } from '@nestjs/common';
import { LandingCapture } from './landing.capture.js';
import { RequestGate, type AnyRequest, type AnyResponse } from './request.gate.js';

/**
 * Captures the click of landing requests before guards run, for every route it is applied to:
 * `{*path}` rather than `*path`, which leaves out `/`.
 *
 * `@NotTheBuyer()` needs the route, which a middleware does not know: the decorator brings an interceptor.
 */
@Injectable()
export class ImpactCaptureMiddleware implements NestMiddleware<AnyRequest, AnyResponse> {
  constructor(
    @Inject(RequestGate) private readonly gate: RequestGate,
    @Inject(LandingCapture) private readonly landing: LandingCapture,
  ) {}

  use(request: AnyRequest, response: AnyResponse, next: () => void): void {
    const open = this.gate.enter(request, () => response);
    if (open === null) {
      next();
      return;
    }
    const pending = this.landing.capture(open);
    const go = () => this.gate.through(open, () => next());
    if (pending === undefined) go();
    else void pending.then(go);
  }
}
