import type { Provider } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import type { CaptureExtras } from '../config/index.js';
import { CaptureCounters } from './capture.counters.js';
import { ImpactCaptureInterceptor, RequestScopeInterceptor } from './capture.interceptor.js';
import { ImpactCaptureMiddleware } from './capture.middleware.js';
import { LandingCapture } from './landing.capture.js';
import { RequestGate } from './request.gate.js';

/**
 * What the module wires. Needs the providers of clicks, IMPACT_OPTIONS and IMPACT_CLOCK; export
 * `LandingCapture`, `RequestGate` and `CaptureCounters`, so that `@UseInterceptors(ImpactCaptureInterceptor)`
 * resolves in the app's own modules.
 */
export const CAPTURE_PROVIDERS: readonly Provider[] = [
  CaptureCounters,
  RequestGate,
  LandingCapture,
  ImpactCaptureInterceptor,
  ImpactCaptureMiddleware,
];

/**
 * The global interceptor that goes with `capture.via`. Also without capture by interceptor one is needed:
 * `@NotTheBuyer()` and `bind()` work in every case.
 */
export function captureInterceptor(via: NonNullable<CaptureExtras['via']>): Provider {
  return {
    provide: APP_INTERCEPTOR,
    useClass: via === 'interceptor' ? ImpactCaptureInterceptor : RequestScopeInterceptor,
  };
}
