import { ImpactError } from '../errors/index.js';

/** The command line was used wrongly: what was given, the rule and the fix. */
export class CliUsageError extends ImpactError {
  readonly code = 'CLI_USAGE';
}

/** The database of the `impact_*` tables cannot be opened or used. */
export class CliDatabaseError extends ImpactError {
  readonly code = 'CLI_DATABASE';
}

/** A file that `--module` or `--data-source` names cannot be used. */
export class CliModuleError extends ImpactError {
  readonly code = 'CLI_MODULE';
}

/** A person ended the command before it was done. */
export class CliInterruptedError extends ImpactError {
  readonly code = 'CLI_INTERRUPTED';

  constructor() {
    super('Interrupted. What was done until then stays done; give the command again to go on.');
  }
}
