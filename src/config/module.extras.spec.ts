import { describe, expect, it } from '@jest/globals';
import { ImpactConfigurationError, resolveExtras, type ImpactModuleExtras } from './index.js';

describe('resolveExtras', () => {
  it('has a default for each', () => {
    expect(resolveExtras({})).toEqual({
      isGlobal: true,
      database: null,
      capture: { via: 'interceptor', routes: null, endpoint: false },
    });
  });

  it('completes the browser endpoint', () => {
    expect(resolveExtras({ capture: { endpoint: {} } }).capture.endpoint).toEqual({
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
    let problems: readonly { option: string }[] = [];
    try {
      resolveExtras(extras as ImpactModuleExtras);
    } catch (error) {
      problems = (error as ImpactConfigurationError).problems;
    }
    expect(problems.map((problem) => problem.option)).toEqual([option]);
  });
});
