import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { ImpactError } from '../../errors/index.js';
import { HealthService } from './health.service.js';
import type { HealthLimits, HealthReport } from './health.types.js';

export type { HealthLimits, HealthProblem, HealthReport, HealthStatus } from './health.types.js';

/** What the indicator shows of a report. Dates are ISO 8601 text. */
export type ImpactHealthDetails = Record<string, unknown>;

/**
 * A health indicator for `@nestjs/terminus` 11 and 12: `npm install @nestjs/terminus`, list it among the
 * providers of the module with your health controller.
 *
 * Problems that wait for a person are `degraded` where terminus knows that (12), else `up` with the problems
 * in the details. It is a readiness or monitoring check: a restart mends nothing that it finds.
 */
@Injectable()
export class ImpactHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly health: HealthService,
  ) {}

  /** `down` also when the database cannot be read. */
  async isHealthy<const Key extends string>(
    key: Key,
    limits: HealthLimits = {},
  ): Promise<HealthIndicatorResult<Key>> {
    const session = this.indicators.check(key);
    let report: HealthReport;
    try {
      report = await this.health.check(limits);
    } catch (error) {
      return session.down({ message: `The health could not be read: ${wordsOf(error)}` });
    }
    const details = detailsOf(report);
    if (report.status === 'down') return session.down(details);
    // Terminus 11 knows up and down alone.
    if (report.status === 'degraded' && 'degraded' in session) return session.degraded(details);
    return session.up(details);
  }
}

/** Messages of database drivers can quote values. */
function wordsOf(error: unknown): string {
  if (error instanceof ImpactError) return error.message;
  return error instanceof Error ? error.name : typeof error;
}

function detailsOf({ status, ...report }: HealthReport): ImpactHealthDetails {
  return { health: status, ...(JSON.parse(JSON.stringify(report)) as object) };
}
