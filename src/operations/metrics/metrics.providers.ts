import type { Provider } from '@nestjs/common';
import { CALL_WITNESS } from '../../api/index.js';
import { DELIVERY_WITNESS } from '../../delivery/index.js';
import { PASS_WITNESS } from '../../verdicts/index.js';
import { ImpactTelemetry } from './impact.telemetry.js';
import { MetricsService } from './metrics.service.js';

/** What the module wires; needs the providers of health. */
export const METRICS_PROVIDERS: readonly Provider[] = [
  ImpactTelemetry,
  { provide: CALL_WITNESS, useExisting: ImpactTelemetry },
  { provide: DELIVERY_WITNESS, useExisting: ImpactTelemetry },
  { provide: PASS_WITNESS, useExisting: ImpactTelemetry },
  MetricsService,
];
