import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from '@jest/globals';
import { BackgroundLoop } from './background.loop.js';
import { atMost } from './wake-up.js';

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('BackgroundLoop', () => {
  it('goes on when it is started while a turn outlives its stop', async () => {
    let end = (): void => {};
    let turns = 0;
    const loop = new BackgroundLoop(async () => {
      turns += 1;
      if (turns === 1) await new Promise<void>((resolve) => (end = resolve));
      return 60_000;
    });
    loop.start();
    await tick();
    const stopped = loop.stop();
    loop.start();
    end();
    await stopped;
    await tick();
    expect(turns).toBe(2);
    await loop.stop();
  });

  it('takes its turns until it is stopped, and goes on when it is started again', async () => {
    let turns = 0;
    const loop = new BackgroundLoop(async () => {
      turns += 1;
      return 3_600_000;
    });
    loop.start();
    loop.start();
    await tick();
    expect(turns).toBe(1);
    loop.wake();
    await tick();
    expect(turns).toBe(2);
    await loop.stop();
    loop.wake();
    await tick();
    expect([turns, loop.isStopping]).toEqual([2, true]);
    loop.start();
    await tick();
    expect([turns, loop.isStopping]).toEqual([3, false]);
    await loop.stop();
  });

  it('does not lose a wake-up that comes during a turn', async () => {
    let turns = 0;
    const loop: BackgroundLoop = new BackgroundLoop(async () => {
      turns += 1;
      if (turns === 1) loop.wake();
      return 3_600_000;
    });
    loop.start();
    await tick();
    expect(turns).toBe(2);
    await loop.stop();
  });

  it('waits for the turn under way when it is stopped', async () => {
    let end = (): void => {};
    const loop = new BackgroundLoop(() => new Promise((resolve) => (end = () => resolve(0))));
    loop.start();
    await tick();
    let stopped = false;
    const stop = loop.stop().then(() => (stopped = true));
    await tick();
    expect(stopped).toBe(false);
    end();
    await stop;
  });

  it('runs outside the context of whoever starts it', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const loop = new BackgroundLoop(async () => {
      seen.push(storage.getStore());
      return 3_600_000;
    });
    storage.run('a request', () => loop.start());
    await tick();
    storage.run('another', () => loop.wake());
    await tick();
    await loop.stop();
    expect(seen).toEqual([undefined, undefined]);
  });
});

describe('atMost', () => {
  it('ends with the work or with the time', async () => {
    await atMost(3_600_000, tick());
    await atMost(1, new Promise(() => {}));
  });
});
