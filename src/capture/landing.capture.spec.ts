import { ServerResponse, type IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { RequestScope, type ClickBuffer } from '../clicks/index.js';
import { resolveOptions, type CaptureOptions } from '../config/index.js';
import { SystemClock } from '../database/index.js';
import { CaptureCounters } from './capture.counters.js';
import { CONSENT_PATIENCE_MS, LandingCapture } from './landing.capture.js';
import { OpenRequest } from './open.request.js';

describe('LandingCapture', () => {
  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  const setUp = (capture: CaptureOptions, add: (click: unknown) => void = () => undefined) => {
    const { options } = resolveOptions({ capture }, () => undefined, 'test');
    const counters = new CaptureCounters();
    const buffer = { add } as unknown as ClickBuffer;
    const request = { method: 'GET', url: '/?im_ref=a', headers: {} };
    const response = new ServerResponse(request as unknown as IncomingMessage);
    const open = new OpenRequest(request, response, new RequestScope(() => null));
    return {
      landing: new LandingCapture(options, new SystemClock(), buffer, counters),
      counters,
      open,
      response,
    };
  };

  it('does not let a page wait for consent for ever, and takes no answer for no consent', async () => {
    jest.useFakeTimers();
    const added: unknown[] = [];
    const { landing, counters, open } = setUp({ consent: () => new Promise(() => {}) }, (click) =>
      added.push(click),
    );
    const waiting = landing.capture(open);
    await jest.advanceTimersByTimeAsync(CONSENT_PATIENCE_MS);
    await waiting;
    expect(added).toEqual([]);
    expect(counters.read()).toMatchObject({ captured: 0, ignored: { 'consent-unknown': 1 } });
  });

  it('leaves no timer behind when the answer comes', async () => {
    jest.useFakeTimers();
    const { landing, open, counters } = setUp({ consent: async () => 'granted' as const });
    await landing.capture(open);
    expect(counters.read().captured).toBe(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('keeps the row when the headers are gone already', () => {
    const added: unknown[] = [];
    const { landing, counters, open, response } = setUp({}, (click) => added.push(click));
    response.writeHead(200);
    expect(landing.capture(open)).toBeUndefined();
    expect(added).toHaveLength(1);
    expect(counters.read()).toMatchObject({ captured: 1, withoutCookie: 1 });
  });

  const granted = async () => 'granted' as const;
  it.each<[string, CaptureOptions | undefined]>([
    ['at once', undefined],
    ['after consent', { consent: granted }],
  ])('serves the page when capture itself fails %s, and repeats no id', async (_, capture) => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    const { landing, counters, open } = setUp(capture ?? {}, () => {
      throw new TypeError('a');
    });
    await landing.capture(open);
    open.looked = false;
    await landing.capture(open);
    expect(counters.read().failed).toBe(2);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(String(warn.mock.calls[0])).toMatch(/could not be captured \(TypeError\); the page was served/);
  });
});
