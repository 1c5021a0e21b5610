import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import {
  type BatchObservableCallback,
  type BatchObservableResult,
  createNoopMeter,
  metrics,
} from '@opentelemetry/api';
import { CaptureCounters } from '../../capture/index.js';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../../config/index.js';
import { IMPACT_DATABASE, type ImpactDatabase } from '../../database/index.js';
import { atMost, BackgroundLoop } from '../../ledger/index.js';
import { PostbackCounters } from '../../verdicts/index.js';
import { StoryTail } from '../events/index.js';
import { type Situation, SituationReader } from '../health/index.js';
import { ImpactTelemetry, SCOPE_NAME } from './impact.telemetry.js';
import { Instruments } from './instruments.js';
import { countsOf } from './label.rules.js';
import { countedHere, type Observed, readFrom } from './observed.values.js';

/** Milliseconds between two looks at the story. */
const LOOK_EVERY = 5_000;
/** Milliseconds that a reading of the database serves every collection. */
const FRESH_FOR = 5_000;
/** Milliseconds that a collection waits for the database at most. */
const PATIENCE = 2_000;
/** What the description of `impact.corrections.locking` says. */
const LOCKING_WITHIN = 3 * 24 * 3_600_000;

/**
 * Gives OpenTelemetry what there is to measure, when the app has an SDK by the time it starts.
 *
 * - What became of sales is counted from their stories: once, by one process, also what another one wrote.
 * - What stands in the database is read when somebody collects, at most every five seconds.
 * - Without an SDK nothing is read and nothing runs.
 */
@Injectable()
export class MetricsService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger('ImpactMetrics');
  readonly #loop = new BackgroundLoop(() => this.#turn());
  readonly #tail: StoryTail;
  #reading: { readonly at: number; readonly situation: Promise<Situation> } | null = null;
  #detach: (() => void) | null = null;

  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    @Inject(IMPACT_DATABASE) database: ImpactDatabase,
    private readonly telemetry: ImpactTelemetry,
    private readonly situations: SituationReader,
    private readonly captured: CaptureCounters,
    private readonly postbacks: PostbackCounters,
  ) {
    const { accountSid: account, environment } = options;
    this.#tail = new StoryTail(database, { account, environment }, 'metrics', {
      line: (line) => {
        for (const { key, labels } of countsOf(line)) this.telemetry.instruments.count(key, labels);
      },
      pause: (change) => {
        if (change.is !== 'paused') return;
        this.telemetry.instruments.count('pauses', { 'impact.scope': change.pause.scope });
      },
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    const meter = metrics.getMeter(SCOPE_NAME);
    // Nobody has registered an SDK.
    if (meter === createNoopMeter()) return;
    const instruments = new Instruments(meter);
    this.telemetry.instruments = instruments;
    const observe: BatchObservableCallback = (result) => this.#observe(instruments, result);
    meter.addBatchObservableCallback(observe, instruments.observables());
    this.#detach = () => meter.removeBatchObservableCallback(observe, instruments.observables());
    try {
      await this.#tail.begin();
    } catch (error) {
      this.#complain(error);
    }
    if (this.options.delivery.autoStart) this.#loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#detach?.();
    this.#detach = null;
    await atMost(this.options.delivery.shutdownTimeout, this.#loop.stop());
  }

  /**
   * Counts what has become of sales until now: for cron jobs and tests. Otherwise it is counted every few
   * seconds, unless `delivery.autoStart` is off. Does nothing without an SDK.
   */
  async collect(): Promise<void> {
    if (this.#detach !== null) await this.#tail.tell();
  }

  async #turn(): Promise<number> {
    try {
      await this.#tail.tell(() => this.#loop.isStopping);
    } catch (error) {
      this.#complain(error);
    }
    return LOOK_EVERY;
  }

  async #observe(instruments: Instruments, result: BatchObservableResult): Promise<void> {
    const give = (values: readonly Observed[]): void => {
      for (const { key, value, labels } of values) result.observe(instruments.observable(key), value, labels);
    };
    give(countedHere(this.captured.read(), this.postbacks.read()));
    let values: Observed[] = [];
    // A database that is away must not keep the rest from whoever collects.
    await atMost(
      PATIENCE,
      this.#situation().then(
        (situation) => {
          values = readFrom(situation);
        },
        (error: unknown) => this.#complain(error),
      ),
    );
    give(values);
  }

  async #situation(): Promise<Situation> {
    const now = performance.now();
    if (this.#reading === null || now - this.#reading.at >= FRESH_FOR) {
      this.#reading = { at: now, situation: this.situations.read(LOCKING_WITHIN) };
    }
    return this.#reading.situation;
  }

  #complain(error: unknown): void {
    this.#logger.error(`Metrics could not be read: ${error instanceof Error ? error.name : typeof error}`);
  }
}
