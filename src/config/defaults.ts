import type { ConsentAnswer } from './impact.options.js';
import { deepFreeze } from './deep.freeze.js';

/** Every default of the package. The doc comments of the options repeat them. */
export const defaults = deepFreeze({
  mode: 'dry-run',
  /** Where NODE_ENV is not set either. */
  environment: 'development',
  baseUrl: 'https://api.impact.com',
  allowAnyBaseUrl: false,
  migrate: true,
  program: 'default',
  eventType: 'default',
  capture: {
    parameters: ['im_ref', 'irclickid', 'clickid'],
    cookie: { name: 'impact_click', path: '/', secure: true, sameSite: 'lax' },
    referralWindow: '30d',
    policy: 'last-click',
    consent: (): ConsentAnswer => 'granted',
    bufferLimit: 10_000,
    flushInterval: '50ms',
    pageLoad: false,
    pageLoadBaseUrl: 'https://trkapi.impact.com',
  },
  recording: {
    onInvalid: { inProduction: 'park', elsewhere: 'throw' },
    send: 'all',
    amountLimits: { digits: 8, decimals: 2, enforce: false },
    test: { partners: [], clickIds: ['impacttest'] },
  },
  delivery: {
    engine: 'database',
    autoStart: true,
    concurrency: 8,
    pollInterval: '2s',
    timeout: '30s',
    lease: '90s',
    maxAge: '30d',
    duplicateWindow: '24h',
    backoff: { base: '2s', cap: '15m' },
    maxRequestsPerHour: 1000,
    bodyFormat: 'form',
    shutdownTimeout: '10s',
  },
  verdicts: {
    sweepInterval: '5m',
    rereadFor: '2d',
    lookupAfter: '15m',
    giveUpAfter: '7d',
  },
  postbacks: { sources: [] },
  retention: { deliveries: '180d', customerData: '400d', keptFields: [] },
  extras: {
    isGlobal: true,
    via: 'interceptor',
    endpoint: { path: '/impact/click', origins: [] },
  },
} as const);
