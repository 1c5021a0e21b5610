import { ImpactError } from '../errors/index.js';

/** A decorated method threw, or answered something that is no report. */
export class EventMapperError extends ImpactError {
  readonly code = 'EVENT_MAPPER_FAILED';

  constructor(
    /** Class and method, e.g. `OrderEvents.paid`. */
    readonly mapper: string,
    /** Name of the event. */
    readonly event: string,
    options?: { cause?: unknown },
  ) {
    super(
      `${mapper}() could not turn the event "${event}" into a report, so nothing was recorded for it. ` +
        `Mend the method and emit the event again: recording an order twice is harmless.`,
      options,
    );
  }
}

/** Decorated methods exist, but nothing can emit events to them. */
export class EventEmitterMissingError extends ImpactError {
  readonly code = 'CONFIGURATION';

  constructor(mapper: string, problem: 'package' | 'module') {
    super(
      problem === 'package'
        ? `${mapper}() listens to domain events, which needs @nestjs/event-emitter. Run: npm install @nestjs/event-emitter`
        : `${mapper}() listens to domain events, but EventEmitterModule is not imported. Add EventEmitterModule.forRoot() to your AppModule.`,
    );
  }
}
