import type { EntityManager } from 'typeorm';
import type { ConversionChange, ConversionInput, ConversionReversal } from '../wire/index.js';

type Awaitable<T> = T | Promise<T>;

/** What a `@ReportConversion` method answers: the sale, the sale and the emitter's transaction, or `null` for "not one of ours". */
export type ReportedConversion = ConversionInput | { sale: ConversionInput; manager?: EntityManager } | null;
/** What a `@ReportModification` method answers. */
export type ReportedModification = {
  orderId: string;
  change: ConversionChange;
  manager?: EntityManager;
} | null;
/** What a `@ReportReversal` method answers. */
export type ReportedReversal = {
  orderId: string;
  reversal: ConversionReversal;
  manager?: EntityManager;
} | null;

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

/** The method turns the app's own event into a change of a recorded sale. */
export const ReportModification = (event: string): Mapper<ReportedModification> =>
  reports('modification', event);

/** The method turns the app's own event into the reversal of a recorded sale. */
export const ReportReversal = (event: string): Mapper<ReportedReversal> => reports('reversal', event);
