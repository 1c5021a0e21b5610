// Metrics for Prometheus, on http://localhost:9464/metrics.
//
//   node --import ./telemetry.mjs dist/main.js
//
// It has to run before the app: meters that are asked for earlier stay silent.
import { metrics } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';

const port = Number(process.env['METRICS_PORT'] ?? 9464);
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [new PrometheusExporter({ port })] }));
