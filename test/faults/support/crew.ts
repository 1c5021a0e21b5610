import { afterAll, afterEach } from '@jest/globals';
import type { DeliveryOptions, ImpactModuleOptions, VerdictOptions } from 'nestjs-impact';
import type { DataSourceOptions } from 'typeorm';
import { ShopProcess } from './shop.process.js';
import type { Receiver } from './receiver.js';

export interface DispatcherOptions {
  readonly database: DataSourceOptions;
  readonly receiver: Receiver;
  readonly delivery?: DeliveryOptions;
  readonly verdicts?: VerdictOptions;
  /** Milliseconds by which the process's own clock is wrong. */
  readonly clockShift?: number;
}

/** Started processes, each a shop with a dispatcher, and what they need. */
export interface Crew {
  /** Closes the thing after the test, when every process of the test has ended. Answers the thing. */
  keep<T>(thing: T, close: (thing: T) => unknown): T;
  /** A process whose dispatcher is at work. Its name is that of its calls at the receiver. */
  dispatcher(options: DispatcherOptions): Promise<ShopProcess>;
  dispatchers(count: number, options: DispatcherOptions): Promise<ShopProcess[]>;
}

export class LeakedProcessError extends Error {}

/**
 * Call it at the top of a file. A process that was closed serves again, which saves loading Nest and TypeORM
 * a second time. Whoever leaves a process at work, stopped or dead without having asked for it, fails.
 *
 * Handles of the test's own process are not watched here: that costs a stack per timer, and the receiver has
 * a timer per call.
 */
export function useCrew(): Crew {
  const all = new Set<ShopProcess>();
  const closings: (() => unknown)[] = [];
  let names = 0;

  afterEach(async () => {
    const troubles: string[] = [];
    for (const process of all) {
      if (process.isIdle) continue;
      all.delete(process);
      if (!process.wasEnded) troubles.push(`${process.name} was left ${process.describe()}`);
      await process.kill();
    }
    for (const close of closings.splice(0).toReversed()) await close();
    if (troubles.length > 0) throw new LeakedProcessError(troubles.join('\n'));
  });

  afterAll(async () => {
    const stayed = await Promise.all([...all].map((process) => process.leave()));
    all.clear();
    if (stayed.includes(false)) throw new LeakedProcessError('A closed shop kept its process alive.');
  });

  const dispatcher = async (options: DispatcherOptions): Promise<ShopProcess> => {
    const { clockShift = 0 } = options;
    let process = [...all].find((one) => one.isIdle && one.clockShift === clockShift);
    if (process === undefined) all.add((process = ShopProcess.start(clockShift)));
    names += 1;
    await process.open(`d${names}`, {
      database: pooled(options.database),
      impact: shopOptions(options.receiver, `d${names}`, options),
    });
    return process;
  };

  return {
    keep: (thing, close) => {
      closings.push(() => close(thing));
      return thing;
    },
    dispatcher,
    dispatchers: (count, options) => Promise.all(Array.from({ length: count }, () => dispatcher(options))),
  };
}

/** Options of a shop that calls the receiver under a name of its own, quick enough for a test. */
export function shopOptions(
  receiver: Receiver,
  name: string,
  {
    delivery,
    verdicts,
  }: { delivery?: DeliveryOptions | undefined; verdicts?: VerdictOptions | undefined } = {},
): ImpactModuleOptions {
  return {
    ...receiver.credentials,
    mode: 'live',
    environment: 'test',
    baseUrl: receiver.urlFor(name),
    allowAnyBaseUrl: true,
    delivery: {
      concurrency: 4,
      pollInterval: '100ms',
      timeout: '20s',
      lease: '60s',
      backoff: { base: '100ms', cap: '1s' },
      maxRequestsPerHour: 1_000_000,
      ...delivery,
    },
    ...(verdicts === undefined ? {} : { verdicts }),
  };
}

/** Eight processes with a pool of ten each are more than a server lets in by default. */
const pooled = (options: DataSourceOptions): DataSourceOptions =>
  options.type === 'better-sqlite3' ? options : ({ ...options, poolSize: 3 } as DataSourceOptions);
