import { describe, expect, it } from '@jest/globals';
import { readExtras, type ImpactModuleExtras } from './index.js';

describe('readExtras', () => {
  it('has a default for each', () => {
    expect(readExtras({})).toEqual({
      extras: {
        isGlobal: true,
        database: null,
        capture: { via: 'interceptor', routes: null, endpoint: false },
        postbacks: false,
        dashboard: false,
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

  it('takes the path of the endpoint for notifications, which has no default', () => {
    expect(readExtras({ postbacks: { path: '/impact/postbacks' } })).toMatchObject({
      extras: { postbacks: { path: '/impact/postbacks' } },
      problems: [],
    });
    expect(readExtras({ postbacks: false }).extras.postbacks).toBe(false);
  });

  it('takes the dashboard with its guards as they are', () => {
    const guard = { canActivate: () => true };
    const { extras, problems } = readExtras({ dashboard: { path: '/impact', guards: [guard] } });
    expect(problems).toEqual([]);
    expect(extras.dashboard).toEqual({ path: '/impact', guards: [guard], imports: [] });
    expect(Object.isFrozen(guard)).toBe(false);
  });

  it.each<[string, unknown]>([
    ['postbacks', { postbacks: true }],
    ['postbacks.path', { postbacks: {} }],
    ['postbacks.path', { postbacks: { path: 'postbacks' } }],
    ['postbacks.path', { postbacks: { path: '/:id' } }],
    ['postbacks.paht', { postbacks: { path: '/p', paht: '/q' } }],
    ['postbacks.secret', { postbacks: { path: '/p', secret: 'x'.repeat(40) } }],
    ['dashboard', { dashboard: true }],
    ['dashboard.path', { dashboard: {} }],
    ['dashboard.path', { dashboard: { path: 'impact' } }],
    ['dashboard.guard', { dashboard: { path: '/impact', guard: [] } }],
    ['dashboard.guards', { dashboard: { path: '/impact', guards: ['StaffGuard'] } }],
    ['dashboard.guards', { dashboard: { path: '/impact', guards: () => true } }],
    ['dashboard.imports', { dashboard: { path: '/impact', imports: 'StaffModule' } }],
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
