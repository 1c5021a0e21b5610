import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, type ContextManager, context, metrics, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

/** Node's own, as every SDK has one. */
class Contexts implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();

  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    active: Context,
    fn: F,
    self?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#storage.run(active, () => fn.call(self, ...args));
  }

  bind<T>(_: Context, target: T): T {
    return target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    return this;
  }
}

export interface Telemetry {
  /** What a scrape would answer. */
  scrape(): Promise<string>;
  /** The values of a series: labels as Prometheus writes them → value. */
  series(name: string): Promise<Record<string, number>>;
  spans(): ReadableSpan[];
  close(): Promise<void>;
}

/** An SDK, as an app has it before it starts. */
export function startTelemetry(): Telemetry {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const meters = new MeterProvider({ readers: [exporter] });
  const memory = new InMemorySpanExporter();
  const tracers = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(memory)] });
  metrics.setGlobalMeterProvider(meters);
  trace.setGlobalTracerProvider(tracers);
  context.setGlobalContextManager(new Contexts());
  const scrape = async (): Promise<string> => {
    const { resourceMetrics, errors } = await exporter.collect();
    if (errors.length > 0) throw new AggregateError(errors);
    return new PrometheusSerializer().serialize(resourceMetrics);
  };
  return {
    scrape,
    series: async (name) => {
      const lines = (await scrape()).split('\n').filter((line) => new RegExp(`^${name}[ {]`).test(line));
      return Object.fromEntries(
        lines.map((line) => {
          const [, labels = '', value] = /^[a-z_]+(?:\{(.*)\})? (\S+)/.exec(line)!;
          const own = labels
            .split(/,(?=[a-z])/)
            .filter((label) => !label.startsWith('otel_scope'))
            .map((label) => label.replaceAll('impact_', '').replaceAll('"', ''));
          return [own.join(), Number(value)];
        }),
      );
    },
    spans: () => memory.getFinishedSpans(),
    close: async () => {
      await meters.shutdown();
      await tracers.shutdown();
      metrics.disable();
      trace.disable();
      context.disable();
    },
  };
}
