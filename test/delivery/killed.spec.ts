import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { openShop } from './support/shop.js';

const here = (name: string): string => fileURLToPath(new URL(`./support/${name}`, import.meta.url));

describe('a shop whose process is killed', () => {
  let folder: string;
  let file: string;
  let sandbox: ImpactSandbox;
  const children = new Set<ChildProcessWithoutNullStreams>();

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'impact-killed-'));
    file = join(folder, 'shop.sqlite');
    sandbox = await ImpactSandbox.start({ settleAfter: '1s', rateLimit: 100_000 });
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Starts a shop; resolves once `ready` says so, with what it printed so far. */
  async function start(first: number, count: number, ready: (lines: string[]) => boolean) {
    const child = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        '--import',
        here('run-ts.mjs'),
        here('killed-shop.ts'),
        file,
        sandbox.url,
        JSON.stringify(sandbox.credentials),
        String(first),
        String(count),
      ],
      { env: { PATH: process.env['PATH'] } },
    );
    children.add(child);
    const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
    let printed = '';
    let complaints = '';
    const lines = (): string[] => printed.split('\n').filter((line) => line !== '');
    await new Promise<void>((resolve, reject) => {
      child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
      child.stdout.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
        if (ready(lines())) resolve();
      });
      child.once('close', () => reject(new RangeError(`the shop ended by itself: ${complaints}`)));
    });
    return { child, gone, lines };
  }

  const counts = async (): Promise<Map<string, number>> => {
    const found = new Map<string, number>();
    for (const { method, parameters } of await sandbox.requests()) {
      const order = parameters['OrderId'];
      if (method === 'POST' && order !== undefined) found.set(order, (found.get(order) ?? 0) + 1);
    }
    return found;
  };

  it('loses nothing between commit and send, and repeats at most what was under way', async () => {
    // Slow answers: the kill falls into the middle of calls that the vendor has taken.
    sandbox.fault({ kind: 'slow', delayMs: 300, on: 'conversions' });
    const first = await start(0, 40, (lines) => lines.includes('done'));
    const recorded = first.lines().filter((line) => line.startsWith('K-'));
    expect(recorded).toHaveLength(40);
    expect((await counts()).size).toBeLessThan(40);
    first.child.kill('SIGKILL');
    await first.gone;

    sandbox.clearFaults();
    const second = await start(40, 10, (lines) => lines.includes('done'));
    const deadline = performance.now() + 90_000;
    while ((await counts()).size < 50 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const sent = await counts();
    expect([...sent.keys()].toSorted()).toEqual(Array.from({ length: 50 }, (_, n) => `K-${n}`).toSorted());
    // Four calls were under way at most.
    expect([...sent.values()].filter((count) => count > 1).length).toBeLessThanOrEqual(4);
    second.child.stdin.end();
    await second.gone;

    const shop = await openShop({}, { sandbox, file });
    try {
      expect(await shop.query(`SELECT state, count(*) AS n FROM impact_conversions GROUP BY state`)).toEqual([
        { state: 'SENT', n: 50 },
      ]);
    } finally {
      await shop.close();
    }
  }, 180_000);
});
