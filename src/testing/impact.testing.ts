import type { Type } from '@nestjs/common';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../config/index.js';
import { ConversionService } from '../conversions/index.js';
import { IMPACT_DATABASE, type ImpactDatabase, run, text } from '../database/index.js';
import { DeliveryDispatcher } from '../delivery/index.js';
import type { Conversion, ConversionStory, ExplainedCorrection } from '../ledger/index.js';
import type { ImpactSandbox } from '../sandbox/index.js';
import { VerdictService } from '../verdicts/index.js';
import { delivered, type Providers } from './delivered.js';
import { type FollowOptions, followLink, type Landing } from './partner.link.js';
import type { TestBench } from './test.bench.js';
import type { TestClock } from './test.clock.js';
import { ImpactTestingError } from './testing.error.js';

/** Look, call, and the vendor's answer: no correction takes more of them. */
const ROUNDS = 3;
/** So many orders are named in a message. */
const NAMED = 10;

/**
 * An app under test, and impact.com beside it: the sandbox takes what the app sends, and nothing happens until
 * the test says so. Made by {@link compileWithImpact}, or injected from {@link ImpactTestingModule}.
 */
export class ImpactTesting {
  /** The local impact.com: what it received, faults, decisions of its staff. */
  readonly sandbox: ImpactSandbox;
  /** The module's clock. {@link travel} moves it together with the sandbox's. */
  readonly clock: TestClock;
  readonly #bench: TestBench;
  readonly #app: Providers;

  /** @internal */
  constructor(bench: TestBench, app: Providers) {
    this.#bench = bench;
    this.#app = app;
    this.sandbox = bench.sandbox;
    this.clock = bench.clock;
  }

  /** Follows a partner's link up to the shop's door: the test makes the request that lands there. */
  follow(link: FollowOptions = {}): Promise<Landing> {
    return followLink(this.sandbox, link);
  }

  /** A click id that impact.com knows, for tests without a landing. Default: of its first partner. */
  async clickFrom(partnerId?: string): Promise<string> {
    const { clickId } = await this.follow(partnerId === undefined ? {} : { partnerId });
    return clickId;
  }

  /**
   * Sends what is due, lets impact.com settle, looks up the verdicts, and answers the order's sale.
   *
   * @throws ImpactTestingError when the order was never recorded, or the app delivers by itself.
   */
  async delivered(orderId: string): Promise<Conversion> {
    this.#refuseLoops();
    const sale = await this.#get(ConversionService).find(orderId);
    if (sale === null) throw await this.#notRecorded(orderId);
    return delivered(this.#app, orderId, { settle: () => this.sandbox.settle() });
  }

  /**
   * Delivers the order's sale and its corrections, and answers the one with this key as it stands then:
   * `confirmed` when the action shows it. Default: the correction that was recorded last.
   *
   * @throws ImpactTestingError when order or correction was never recorded, or the app delivers by itself.
   */
  async corrected(orderId: string, key?: string): Promise<ExplainedCorrection> {
    for (let round = 0; ; round += 1) {
      await this.delivered(orderId);
      const { corrections } = await this.story(orderId);
      const correction = corrections.findLast((one) => key === undefined || one.key === key);
      if (correction === undefined) {
        throw new ImpactTestingError(
          `Order ${JSON.stringify(orderId)} has no correction${key === undefined ? '' : ` ${JSON.stringify(key)}`}; ` +
            `recorded for it are ${listOf(corrections.map((one) => one.key))}. Has the code under test called ` +
            'refund(), modify() or reverse(), and has its transaction committed?',
        );
      }
      if (FINAL.has(correction.state) || round === ROUNDS) return correction;
    }
  }

  /**
   * Everything that is known about an order's sale, in words and data.
   *
   * @throws ImpactTestingError when the order was never recorded.
   */
  async story(orderId: string): Promise<ConversionStory> {
    const conversions = this.#get(ConversionService);
    if ((await conversions.find(orderId)) === null) throw await this.#notRecorded(orderId);
    return conversions.explain(orderId);
  }

  /** Every sale that was recorded, oldest first. */
  async sales(): Promise<Conversion[]> {
    const conversions = this.#get(ConversionService);
    const found = await Promise.all((await this.#orders()).map((order) => conversions.find(order)));
    return found.filter((sale) => sale !== null);
  }

  /** Moves sandbox and module together, to a date or by so much: `'+16d'`, `'+2h'`. */
  travel(to: Date | string): void {
    this.#bench.travel(to);
  }

  /** Closes the sandbox. Closing the app does it as well. */
  close(): Promise<void> {
    return this.#bench.close();
  }

  #get<T>(token: Type<T>): T {
    return this.#app.get(token, { strict: false });
  }

  /** With a loop of its own the app might send before the test looks: such a test fails now and then. */
  #refuseLoops(): void {
    const loops = [DeliveryDispatcher, VerdictService].filter(
      (service) => this.#get<DeliveryDispatcher | VerdictService>(service).isRunning,
    );
    if (loops.length === 0) return;
    const names = loops.map(({ name }) => name).join(' and ');
    throw new ImpactTestingError(
      `${names} ${loops.length === 1 ? 'runs' : 'run'} in the background although the test says when to send. ` +
        'The app has called start(): leave that call out in tests, or await stop() first.',
    );
  }

  async #notRecorded(orderId: string): Promise<ImpactTestingError> {
    return new ImpactTestingError(
      `Order ${JSON.stringify(orderId)} was never recorded; recorded are ${listOf(await this.#orders())}. ` +
        'Has the code under test called record(), and has its transaction committed?',
    );
  }

  async #orders(): Promise<string[]> {
    const { accountSid, environment, program, eventType } = this.#app.get<ResolvedImpactOptions>(
      IMPACT_OPTIONS,
      {
        strict: false,
      },
    );
    const rows = await this.#app.get<ImpactDatabase>(IMPACT_DATABASE, { strict: false }).read(function* () {
      return (yield* run(
        'SELECT order_id FROM impact_conversions WHERE account = ? AND environment = ? AND program = ? ' +
          'AND event_type = ? ORDER BY recorded_at, id',
        [accountSid, environment, program, eventType],
      )).rows;
    });
    return rows.map((row) => text(row, 'order_id'));
  }
}

const FINAL: ReadonlySet<string> = new Set(['confirmed', 'nothing-to-correct', 'refused']);

/** Order ids and keys are the test's own. */
function listOf(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return (
    names
      .slice(0, NAMED)
      .map((name) => JSON.stringify(name))
      .join(', ') + more
  );
}
