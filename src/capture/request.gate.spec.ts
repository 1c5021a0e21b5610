import { EventEmitter } from 'node:events';
import { ServerResponse, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ImpactRequestContext, RequestScope, type RequestClick } from '../clicks/index.js';
import { resolveOptions } from '../config/index.js';
import { SystemClock } from '../database/index.js';
import { captureInterceptor } from './capture.providers.js';
import { ABANDONED_MS, OpenRequest } from './open.request.js';
import { RequestGate } from './request.gate.js';

const { options } = resolveOptions({}, () => undefined, 'test');
const click: RequestClick = { clickId: 'a', capturedAt: new Date(0), source: 'cookie' };
const responseTo = (request: object) => new ServerResponse(request as IncomingMessage);

describe('RequestGate', () => {
  const context = new ImpactRequestContext();
  const gate = new RequestGate(options, new SystemClock(), context);
  const enter = (url: string, headers = {}, request = { method: 'GET', url, headers }) =>
    gate.enter(request, () => responseTo(request));

  it.each([
    ['without anything', '/shoes?page=2', {}, false],
    ['with other cookies', '/', { cookie: 'sid=1' }, false],
    ['with our cookie', '/', { cookie: 'sid=1; impact_click=x' }, true],
    ['with a token', '/', { 'x-impact-click': 'x' }, true],
    ['with a click parameter', '/?im_ref=a', {}, true],
  ])('opens a request %s only where there may be a click', (_, url, headers, opened) => {
    expect(enter(url, headers) !== null).toBe(opened);
  });

  it('opens it once, also when its URL and headers have changed since', () => {
    const request = { method: 'GET', url: '/?im_ref=a', headers: {} };
    const open = enter('', {}, request);
    request.url = '/';
    expect(open).not.toBeNull();
    expect(enter('', {}, request)).toBe(open);
  });

  it('keeps a request that an app makes to itself apart from the one that it is made in', () => {
    context.run(new RequestScope(() => click), () => {
      const inner = enter('/');
      expect(gate.run(inner!, () => context.current())).toBeNull();
      expect(context.current()).toBe(click);
    });
  });

  it('takes the scope along into the reading of a body', () => {
    const request = Object.assign(new EventEmitter(), {
      method: 'POST',
      url: '/',
      headers: { cookie: `impact_click=1.${Date.now().toString(36)}.a` },
    });
    const open = gate.open(request, responseTo(request));
    const seen: unknown[] = [];
    gate.through(open, () => request.once('end', () => seen.push(context.current()?.clickId)));
    request.emit('end');
    expect(seen).toEqual(['a']);
  });
});

describe('a request whose visitor has gone away before the answer', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());
  const leave = () => {
    const request = { method: 'GET', url: '/', headers: {} };
    const response = responseTo(request);
    const scope = new RequestScope(() => click);
    const open = new OpenRequest(request, response, scope);
    return { open, response, scope, close: () => response.emit('close') };
  };

  it('keeps its click until the handler answers', () => {
    const { scope, response, close } = leave();
    close();
    expect(scope.hold()).toMatchObject({ click, ended: false });
    response.end('nobody reads this');
    expect(scope.hold()).toMatchObject({ click: null, ended: true });
    expect(jest.getTimerCount()).toBe(0);
  });

  it('does not keep it for ever when no answer comes', () => {
    const { scope, close } = leave();
    close();
    jest.advanceTimersByTime(ABANDONED_MS);
    expect(scope.hold().ended).toBe(true);
  });

  it('lets it go at once when the handler is known to be done', () => {
    const { open, scope, close } = leave();
    open.handlerBegins();
    open.handlerEnds();
    close();
    expect(scope.hold().ended).toBe(true);
  });
});

describe('captureInterceptor', () => {
  it.each([
    [{ via: 'interceptor' }, 1],
    [{ via: 'none' }, 1],
    [{ via: 'middleware' }, 0],
    [{ via: 'middleware', routes: null }, 0],
    [{ via: 'middleware', routes: ['{*path}'] }, 0],
    // bind() works on the routes that it leaves out, too.
    [{ via: 'middleware', routes: ['shoes/*path'] }, 1],
  ] as const)('%j brings so many interceptors: %i', (wiring, count) => {
    expect(captureInterceptor(wiring)).toHaveLength(count);
  });
});
