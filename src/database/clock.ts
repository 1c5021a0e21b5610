/**
 * The module's idea of time. The database's clock is the truth for leases and due times; `offset()` is
 * added to it in the one expression that every statement uses, so tests move time without sleeping.
 */
export interface Clock {
  /** Milliseconds added to every clock, 0 in production. */
  offset(): number;
  /** This process's time with the offset added. */
  now(): Date;
}

/** Injection token of {@link Clock}. */
export const IMPACT_CLOCK = Symbol.for('nestjs-impact:clock');

export class SystemClock implements Clock {
  offset(): number {
    return 0;
  }

  now(): Date {
    return new Date();
  }
}
