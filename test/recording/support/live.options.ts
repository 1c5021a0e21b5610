import type { ImpactModuleOptions } from 'nestjs-impact';

/** Live, so that a sale has its delivery; nothing is started, and nobody answers there. */
export const LIVE: ImpactModuleOptions = {
  accountSid: 'IRrecording',
  authToken: 'token',
  campaignId: '1000',
  eventTypeId: '2000',
  mode: 'live',
  environment: 'test',
  baseUrl: 'http://127.0.0.1:9',
  allowAnyBaseUrl: true,
  recording: { onInvalid: 'park' },
  delivery: { autoStart: false },
};
