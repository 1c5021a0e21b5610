import { AsyncLocalStorage } from 'node:async_hooks';
import { Inject, Injectable } from '@nestjs/common';
import {
  type Attributes,
  createNoopMeter,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { type CallWitness, ImpactApiError, type WitnessedCall } from '../../api/index.js';
import { IMPACT_DATABASE, type ImpactDatabase, json, run } from '../../database/index.js';
import type { DeliveryWitness } from '../../delivery/index.js';
import { type ClaimedDelivery, type DeliveryOutcome, traceOf } from '../../ledger/index.js';
import type { PassWitness } from '../../verdicts/index.js';
import { Instruments } from './instruments.js';
import { classOf, failureClass } from './label.rules.js';

/** The instrumentation scope of every metric and span. */
export const SCOPE_NAME = 'nestjs-impact';

/**
 * Measures calls, deliveries and passes through OpenTelemetry's API, and makes a span of each.
 *
 * No order, no address and no secret is in any label or attribute. Without an SDK all of it does nothing.
 */
@Injectable()
export class ImpactTelemetry implements CallWitness, DeliveryWitness, PassWitness {
  readonly #inPass = new AsyncLocalStorage<boolean>();
  readonly #tracer = trace.getTracer(SCOPE_NAME);
  /** Where measures go: nowhere until somebody has looked for an SDK. */
  instruments = new Instruments(createNoopMeter());

  constructor(@Inject(IMPACT_DATABASE) private readonly database: ImpactDatabase) {}

  async call<T>({ name }: WitnessedCall, work: () => Promise<T>): Promise<T> {
    const [method = name] = name.split(' ');
    if (this.#inPass.getStore() === true) {
      this.instruments.count('walkCalls', { 'impact.endpoint': name });
    }
    return this.#watched(
      { name, kind: SpanKind.CLIENT, attributes: { 'http.request.method': method, 'impact.endpoint': name } },
      work,
      (seconds, outcome) =>
        this.instruments.measure('callDuration', seconds, {
          'impact.endpoint': name,
          'impact.outcome': outcome,
        }),
    );
  }

  async deliver(delivery: ClaimedDelivery, work: () => Promise<DeliveryOutcome>): Promise<DeliveryOutcome> {
    const { kind } = delivery;
    const attributes = { 'impact.call': kind, 'impact.attempt': delivery.attempts + 1 };
    let outcomeClass: string | null = null;
    return this.#watched(
      { name: 'impact.delivery', kind: SpanKind.INTERNAL, attributes },
      async (span) => {
        if (span.isRecording()) await this.#link(span, delivery.conversion);
        const outcome = await work();
        outcomeClass = classOf(outcome);
        span.setAttribute('impact.outcome', outcomeClass ?? 'put-back');
        return outcome;
      },
      (seconds, result) => {
        const outcome = result === 'ok' ? outcomeClass : result;
        if (outcome === null) return;
        const labels = { 'impact.call': kind, 'impact.outcome': outcome };
        this.instruments.count('attempts', labels);
        this.instruments.measure('deliveryDuration', seconds, labels);
      },
    );
  }

  async pass<T>(work: () => Promise<T>): Promise<T> {
    return this.#watched(
      { name: 'impact.walk', kind: SpanKind.INTERNAL, attributes: {} },
      () => this.#inPass.run(true, work),
      (seconds, outcome) => this.instruments.measure('walkDuration', seconds, { 'impact.outcome': outcome }),
    );
  }

  async #watched<T>(
    { name, ...options }: { name: string; kind: SpanKind; attributes: Attributes },
    work: (span: Span) => Promise<T>,
    measure: (seconds: number, outcome: string) => void,
  ): Promise<T> {
    const began = performance.now();
    const ended = (outcome: string): void => measure((performance.now() - began) / 1000, outcome);
    return this.#tracer.startActiveSpan(name, options, async (span) => {
      try {
        const answer = await work(span);
        ended('ok');
        return answer;
      } catch (error) {
        const outcome = failureClass(error);
        ended(outcome);
        // The class alone: what is wrong may be told in somebody else's words.
        span.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
        span.setAttribute('error.type', outcome);
        if (error instanceof ImpactApiError && error.status !== null) {
          span.setAttribute('http.response.status_code', error.status);
        }
        throw error;
      } finally {
        span.end();
      }
    });
  }

  /** To the span in which the sale was recorded, perhaps in another process. */
  async #link(span: Span, conversion: string): Promise<void> {
    try {
      const { rows } = await this.database.read(() =>
        run(`SELECT data FROM impact_story WHERE conversion = ? ORDER BY id LIMIT 1`, [conversion]),
      );
      const context =
        rows[0] === undefined ? null : traceOf(json(rows[0], 'data') as Readonly<Record<string, unknown>>);
      if (context !== null) span.addLink({ context });
    } catch {
      // A trace is worth no delivery.
    }
  }
}
