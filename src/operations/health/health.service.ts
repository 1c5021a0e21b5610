import { Inject, Injectable } from '@nestjs/common';
import { IMPACT_OPTIONS, parseDuration, type ResolvedImpactOptions } from '../../config/index.js';
import { reportOf } from './health.rules.js';
import type { HealthLimits, HealthReport } from './health.types.js';
import { SituationReader } from './situation.reader.js';

const DEFAULTS = {
  oldestUnsent: '15m',
  paused: '15m',
  verdictOverdue: '6h',
  parked: 0,
  openClaims: Infinity,
  lockingWithin: '3d',
} as const satisfies Required<HealthLimits>;

/** Says whether sales reach impact.com, from what the database knows: the same in every process. */
@Injectable()
export class HealthService {
  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    private readonly situations: SituationReader,
  ) {}

  /**
   * Three statements, and no call to impact.com.
   *
   * @throws ImpactConfigurationError when a limit is no length of time; what the database throws when it is away.
   */
  async check(limits: HealthLimits = {}): Promise<HealthReport> {
    const given = { ...DEFAULTS, ...limits };
    const time = (name: TimeLimit): number => parseDuration(given[name], `health.${name}`);
    const lockingWithin = time('lockingWithin');
    const resolved = {
      oldestUnsent: time('oldestUnsent'),
      paused: time('paused'),
      verdictOverdue: time('verdictOverdue'),
      parked: given.parked,
      openClaims: given.openClaims,
    };
    return reportOf(await this.situations.read(lockingWithin), resolved, this.options.mode);
  }
}

type TimeLimit = 'oldestUnsent' | 'paused' | 'verdictOverdue' | 'lockingWithin';
