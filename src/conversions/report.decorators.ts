import type { EntityManager } from 'typeorm';
import type {
  ConversionChange,
  ConversionInput,
  ConversionRefund,
  ConversionReversal,
} from '../wire/index.js';

type Awaitable<T> = T | Promise<T>;

/** What a `@ReportConversion` method answers: the sale, the sale and the emitter's transaction, or `null` for "not one of ours". */
export type ReportedConversion = ConversionInput | { sale: ConversionInput; manager?: EntityManager } | null;

interface OfOrder {
  orderId: string;
  /** The emitter's transaction: the correction is kept or lost with it. */
  manager?: EntityManager;
}
type ReportedRefund = OfOrder & { refund: ConversionRefund; change?: never; reversal?: never };

/** What a `@ReportModification` method answers: a change, a refund, or `null` for "not one of ours". */
export type ReportedModification =
  (OfOrder & { change: ConversionChange; refund?: never; reversal?: never }) | ReportedRefund | null;
/** What a `@ReportReversal` method answers: a reversal, a refund of a part, or `null` for "not one of ours". */
export type ReportedReversal =
  (OfOrder & { reversal: ConversionReversal; refund?: never; change?: never }) | ReportedRefund | null;

export type ReportKind = 'conversion' | 'modification' | 'reversal';

export interface ReportMetadata {
  readonly kind: ReportKind;
  readonly event: string;
}

/** @internal Metadata key of the methods that map domain events. */
export const REPORT_METADATA = Symbol.for('nestjs-impact:report');

type Mapper<Answer> = <Method extends (event: never) => Awaitable<Answer>>(
  target: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

const reports =
  <Answer>(kind: ReportKind, event: string): Mapper<Answer> =>
  (_target, _name, descriptor) => {
    const method = descriptor.value!;
    const known = (Reflect.getMetadata(REPORT_METADATA, method) ?? []) as ReportMetadata[];
    Reflect.defineMetadata(REPORT_METADATA, [...known, { kind, event }], method);
  };

/**
 * The method turns the app's own event into a sale, which is then recorded.
 *
 * Answer the sale, `{ sale, manager }` to record it in the emitter's transaction (emit with `emitAsync` and
 * await it), or `null` when the event is none of the module's business. Needs `@nestjs/event-emitter`.
 */
export const ReportConversion = (event: string): Mapper<ReportedConversion> => reports('conversion', event);

/** The method turns the app's own event into a change, or a refund, of a recorded sale (docs/corrections.md). */
export const ReportModification = (event: string): Mapper<ReportedModification> =>
  reports('modification', event);

/** The method turns the app's own event into the reversal, or a refund, of a recorded sale (docs/corrections.md). */
export const ReportReversal = (event: string): Mapper<ReportedReversal> => reports('reversal', event);
