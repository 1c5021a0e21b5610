import type { Counter, Histogram, Meter, Observable } from '@opentelemetry/api';
import {
  type CounterKey,
  DURATIONS,
  type HistogramKey,
  type Metric,
  METRICS,
  type ObservableKey,
} from './metric.catalog.js';

export type Labels = Readonly<Record<string, string>>;

/** The instruments of the catalog on one meter. */
export class Instruments {
  readonly #counters = new Map<string, Counter>();
  readonly #histograms = new Map<string, Histogram>();
  readonly #observables = new Map<string, Observable>();

  constructor(readonly meter: Meter) {
    for (const [key, metric] of Object.entries(METRICS) as [string, Metric][]) {
      const { name, kind, unit, description } = metric;
      switch (kind) {
        case 'counter':
          this.#counters.set(key, meter.createCounter(name, { unit, description }));
          break;
        case 'histogram':
          this.#histograms.set(
            key,
            meter.createHistogram(name, {
              unit,
              description,
              advice: { explicitBucketBoundaries: [...DURATIONS] },
            }),
          );
          break;
        case 'observable-counter':
          this.#observables.set(key, meter.createObservableCounter(name, { unit, description }));
          break;
        case 'observable-gauge':
          this.#observables.set(key, meter.createObservableGauge(name, { unit, description }));
      }
    }
  }

  count(key: CounterKey, labels: Labels): void {
    this.#counters.get(key)!.add(1, labels);
  }

  measure(key: HistogramKey, seconds: number, labels: Labels): void {
    this.#histograms.get(key)!.record(seconds, labels);
  }

  observable(key: ObservableKey): Observable {
    return this.#observables.get(key)!;
  }

  observables(): Observable[] {
    return [...this.#observables.values()];
  }
}
