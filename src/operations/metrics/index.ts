export { METRICS_PROVIDERS } from './metrics.providers.js';
export { MetricsService } from './metrics.service.js';
export { METRICS, type Metric } from './metric.catalog.js';
