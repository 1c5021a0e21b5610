import { isSpanContextValid, type SpanContext, trace } from '@opentelemetry/api';

/**
 * The span in which a sale is recorded, for the story: its delivery, perhaps in another process, is linked to
 * it. Nothing while nobody traces.
 */
export function activeTrace(): {
  readonly trace?: readonly [traceId: string, spanId: string, flags: number];
} {
  const context = trace.getActiveSpan()?.spanContext();
  if (context === undefined || !isSpanContextValid(context)) return {};
  return { trace: [context.traceId, context.spanId, context.traceFlags] };
}

/** The span that a line of the story names; null when it names none. */
export function traceOf({ trace: stored }: Readonly<Record<string, unknown>>): SpanContext | null {
  if (!Array.isArray(stored)) return null;
  const [traceId, spanId, flags] = stored as unknown[];
  if (typeof traceId !== 'string' || typeof spanId !== 'string') return null;
  const context = { traceId, spanId, traceFlags: Number(flags), isRemote: true };
  return isSpanContextValid(context) ? context : null;
}
