import { Inject, Injectable } from '@nestjs/common';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../config/index.js';
import { IMPACT_DATABASE, type ImpactDatabase, integer, run, type Script } from '../database/index.js';
import { AccountGate, type Pause, type Probe } from './account.gate.js';
import type { WantedPause } from './delivery.types.js';
import type { Stamp } from './ledger.types.js';

/** What a look-up has to ask for: a delivery has passed the gate of the account already when it looks something up. */
export type LookUpScope = 'all' | 'reads';

/** The right to make one look-up. */
export interface LookUpLeave {
  readonly is: 'granted';
  /** The pauses that it probes; empty when the gate was open. */
  readonly probes: readonly Probe[];
  /** Failures of the pauses that stand. */
  readonly failures: Readonly<Record<LookUpScope, number>>;
  /** Milliseconds since reads were paused; null when they are not. */
  readonly pausedFor: number | null;
}

export interface LookUpRefusal {
  readonly is: 'refused';
  readonly why: 'paused' | 'budget';
  /** Milliseconds until it is worth asking again. */
  readonly for: number;
  /** Milliseconds since reads were paused; null when they are not. */
  readonly pausedFor: number | null;
}

/** Share of the hourly budget that look-ups may use: the last tenth of it is for sales alone. */
const SHARE = 0.9;
/** The budget is counted by the hour; a row released meanwhile gives some back. */
const BUDGET_AGAIN = 60_000;
/** How long the one probe through a gate that is ajar keeps others out. */
const PROBE_TIME = 60_000;

/**
 * Says whether a look-up may be made now, for every process alike: by the account's gate and out of the hourly
 * budget, of which look-ups get what deliveries leave, and never the last tenth.
 */
@Injectable()
export class LookUpAllowance {
  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    @Inject(IMPACT_DATABASE) private readonly database: ImpactDatabase,
    private readonly gate: AccountGate,
  ) {}

  /** @param own the leave of an earlier page of the same listing: the pauses that it probes are open to it. */
  async ask(scopes: readonly LookUpScope[], own?: LookUpLeave): Promise<LookUpLeave | LookUpRefusal> {
    const self = this;
    return this.database.write(function* () {
      const all = yield* self.gate.pauses(self.#stamp(), { lock: true });
      const { rows } = yield* run(`SELECT ${self.database.now()} AS now`);
      const now = integer(rows[0]!, 'now');
      const pauses = all.filter(
        ({ scope, until }) =>
          scopes.some((asked) => asked === scope) &&
          own?.probes.some((probe) => probe.scope === scope && probe.until === until) !== true,
      );
      const since = all.find(({ scope }) => scope === 'reads')?.since;
      const pausedFor = since === undefined ? null : now - since;
      const wait = Math.max(0, ...pauses.map(({ until }) => until - now));
      if (wait > 0) return { is: 'refused', why: 'paused', for: wait, pausedFor };
      if (!(yield* self.#take())) return { is: 'refused', why: 'budget', for: BUDGET_AGAIN, pausedFor };
      const probes = pauses.map(({ scope }): Probe => ({ scope, until: now + PROBE_TIME }));
      for (const probe of probes) yield* self.gate.hold(self.#stamp(), probe);
      return {
        is: 'granted',
        probes: [...(own?.probes ?? []), ...probes],
        failures: { all: failuresOf(all, 'all'), reads: failuresOf(all, 'reads') },
        pausedFor,
      };
    });
  }

  /** The look-up was answered: what it probed is open again. */
  async answered({ probes }: LookUpLeave): Promise<void> {
    if (probes.length > 0) await this.#atGate((stamp, probe) => this.gate.resume(stamp, probe), probes);
  }

  /**
   * What it probes stays as it was: somebody else may probe.
   *
   * @param calls that were granted and not made.
   */
  async unused({ probes }: LookUpLeave, calls = 0): Promise<void> {
    if (probes.length > 0) await this.#atGate((stamp, probe) => this.gate.leaveAjar(stamp, probe), probes);
    if (calls > 0) await this.database.write(() => this.gate.giveBack(this.#stamp(), calls));
  }

  /** The look-up failed, and everybody waits; pauses that it probed and that its failure says nothing about are left ajar. */
  async failed({ probes }: LookUpLeave, pause: WantedPause): Promise<void> {
    const self = this;
    await this.database.write(function* () {
      const stamp = self.#stamp();
      yield* self.gate.pauses(stamp, { lock: true });
      for (const probe of probes.filter(({ scope }) => scope !== pause.scope)) {
        yield* self.gate.leaveAjar(stamp, probe);
      }
      const probe = probes.find(({ scope }) => scope === pause.scope);
      yield* self.gate.pause(stamp, pause.scope, pause.for, pause.reason, probe);
    });
  }

  /** What an answer asks for that was none of a failure, such as the last one of a rate window. */
  async pause(pause: WantedPause): Promise<void> {
    await this.database.write(() => this.gate.pause(this.#stamp(), pause.scope, pause.for, pause.reason));
  }

  async #atGate(move: (stamp: Stamp, probe: Probe) => Script<void>, probes: readonly Probe[]): Promise<void> {
    const self = this;
    await this.database.write(function* () {
      yield* self.gate.pauses(self.#stamp(), { lock: true });
      for (const probe of probes) yield* move(self.#stamp(), probe);
    });
  }

  *#take(): Script<boolean> {
    const budget = Math.max(1, Math.floor(this.options.delivery.maxRequestsPerHour * SHARE));
    return (yield* this.gate.take(this.#stamp(), 1, budget)) === 1;
  }

  #stamp(): Stamp {
    return { account: this.options.accountSid, environment: this.options.environment };
  }
}

const failuresOf = (pauses: readonly Pause[], scope: LookUpScope): number =>
  pauses.find((pause) => pause.scope === scope)?.failures ?? 0;
