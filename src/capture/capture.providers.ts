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

export interface CaptureWiring {
  readonly via: NonNullable<CaptureExtras['via']>;
  /** Of the middleware; `null`: every route. */
  readonly routes?: readonly string[] | null;
}

/** `{*path}` also matches `/`, which `*path` does not. */
const EVERY_ROUTE = '{*path}';

/**
 * The global interceptor that goes with `capture.via`. `bind()` works in every case, so one is needed
 * wherever no middleware sees every request; where one does, routes need not pay for an interceptor too.
 */
export function captureInterceptor({ via, routes = null }: CaptureWiring): Provider[] {
  if (via === 'middleware' && (routes === null || routes.includes(EVERY_ROUTE))) return [];
  const useClass = via === 'interceptor' ? ImpactCaptureInterceptor : RequestScopeInterceptor;
  return [{ provide: APP_INTERCEPTOR, useClass }];
}
