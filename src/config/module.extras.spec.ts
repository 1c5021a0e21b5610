import { describe, expect, it } from '@jest/globals';
import { readExtras, type ImpactModuleExtras } from './index.js';

describe('readExtras', () => {
  it('has a default for each', () => {
    expect(readExtras({})).toEqual({
      extras: {
        isGlobal: true,
        database: null,
        capture: { via: 'interceptor', routes: null, endpoint: false },
      },
      problems: [],
    });
  });

  it('completes the browser endpoint', () => {
    expect(readExtras({ capture: { endpoint: {} } }).extras.capture.endpoint).toEqual({
      path: '/impact/click',
      origins: [],
    });
  });

  it.each<[string, unknown]>([
    ['isGlobal', { isGlobal: 'yes' }],
    ['database', { database: '' }],
    ['database', { database: { host: 'db' } }],
    ['capture.via', { capture: { via: 'guard' } }],
    ['capture.routes', { capture: { via: 'middleware', routes: [] } }],
    ['capture.routes', { capture: { routes: ['shop'] } }],
    ['capture', { capture: null }],
    ['capture', { capture: 'middleware' }],
    ['capture.vai', { capture: { vai: 'middleware' } }],
    ['capture.policy', { capture: { policy: 'first-click' } }],
    ['capture.endpoint.orgins', { capture: { endpoint: { orgins: ['https://www.example.com'] } } }],
    ['capture.endpoint', { capture: { endpoint: true } }],
    ['capture.endpoint.path', { capture: { endpoint: { path: 'click' } } }],
    ['capture.endpoint.path', { capture: { endpoint: { path: '/click/' } } }],
    ['capture.endpoint.path', { capture: { endpoint: { path: '/:id' } } }],
    ['capture.endpoint.origins', { capture: { endpoint: { origins: ['*'] } } }],
    ['capture.endpoint.origins', { capture: { endpoint: { origins: ['https://www.example.com/'] } } }],
  ])('%s: %j', (option, extras) => {
    const { problems } = readExtras(extras as ImpactModuleExtras);
    expect(problems.map((problem) => problem.option)).toEqual([option]);
  });
});
