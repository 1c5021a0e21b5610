import { ImpactError } from '../errors/index.js';

/** A program or event type was named that is not configured. */
export class NotConfiguredError extends ImpactError {
  readonly code = 'CONFIGURATION';

  constructor(kind: 'program' | 'eventType', known: string) {
    super(
      `The option "${kind}" names something that is not configured. This app has ${JSON.stringify(known)} alone: ` +
        `leave the option out.`,
    );
  }
}
