import { Inject, Injectable, type NestMiddleware } from '@nestjs/common';
import { LandingCapture } from './landing.capture.js';
import { RequestGate, type AnyRequest, type AnyResponse } from './request.gate.js';

/**
 * Captures the click of landing requests before guards run, for every route it is applied to:
 * `{*path}` rather than `*path`, which leaves out `/`.
 *
 * `@NotTheBuyer()` needs the route and is set by {@link RequestScopeInterceptor}, which the module
 * registers beside this.
 */
@Injectable()
export class ImpactCaptureMiddleware implements NestMiddleware<AnyRequest, AnyResponse> {
  constructor(
    @Inject(RequestGate) private readonly gate: RequestGate,
    @Inject(LandingCapture) private readonly landing: LandingCapture,
  ) {}

  use(request: AnyRequest, response: AnyResponse, next: () => void): void {
    const open = this.gate.open(request, response);
    const pending = this.landing.capture(open);
    const go = () => this.gate.run(open, () => next());
    if (pending === undefined) go();
    else void pending.then(go);
  }
}
