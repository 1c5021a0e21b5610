import { describe, expect, it } from '@jest/globals';
import type { RequestClick } from './click.model.js';
import { ImpactRequestContext, RequestScope } from './request.context.js';

const click: RequestClick = { clickId: 'a', capturedAt: new Date(0), source: 'cookie' };

describe('ImpactRequestContext', () => {
  const context = new ImpactRequestContext();

  it('knows no click outside a request', () => {
    expect(context.current()).toBeNull();
    expect(context.hold()).toEqual({ click: null, notTheBuyer: false, ended: false });
  });

  it('reads the click only when somebody asks, and once', () => {
    let reads = 0;
    const scope = new RequestScope(() => {
      reads += 1;
      return click;
    });
    context.run(scope, () => {
      expect(reads).toBe(0);
      expect(context.current()).toBe(click);
      expect(context.current()).toBe(click);
    });
    expect(reads).toBe(1);
  });

  it('prefers a landing to what the cookie says, also after the cookie was read', () => {
    const scope = new RequestScope(() => click);
    const landed: RequestClick = { clickId: 'b', capturedAt: new Date(1), source: 'landing' };
    context.run(scope, () => {
      context.current();
      scope.replace(landed);
      expect(context.current()).toBe(landed);
    });
  });

  it('gives the click to nobody on a @NotTheBuyer() route, but tells the ledger', () => {
    const scope = new RequestScope(() => click);
    scope.markNotTheBuyer();
    context.run(scope, () => {
      expect(context.current()).toBeNull();
      expect(context.hold()).toEqual({ click, notTheBuyer: true, ended: false });
    });
  });

  it('forgets the click when the response has ended, and says so', () => {
    const scope = new RequestScope(() => click);
    context.run(scope, () => {
      context.current();
      scope.end();
      expect(context.current()).toBeNull();
      expect(context.hold()).toEqual({ click: null, notTheBuyer: false, ended: true });
    });
  });

  it('does not come back to life when a landing is settled after the response', () => {
    const scope = new RequestScope(() => null);
    scope.end();
    scope.replace(click);
    expect(scope.hold()).toEqual({ click: null, notTheBuyer: false, ended: true });
  });

  it('keeps for a listener what it held in time', async () => {
    const scope = new RequestScope(() => click);
    const held = context.run(scope, () => context.hold());
    scope.end();
    const late = await context.runHeld(held, async () => {
      await Promise.resolve();
      return context.current();
    });
    expect(late).toBe(click);
  });

  it('leaves the request for the package’s own timers', () => {
    context.run(new RequestScope(() => click), () => {
      expect(context.outside(() => context.hold())).toEqual({
        click: null,
        notTheBuyer: false,
        ended: false,
      });
    });
  });
});
