/** Stable codes: safe to switch on, never renamed within a major version. */
export type ImpactErrorCode =
  | 'CONFIGURATION'
  | 'MODULE_IMPORTED_TWICE'
  | 'DATABASE_UNSUPPORTED'
  | 'DATABASE_BUSY'
  | 'MIGRATIONS_PENDING'
  | 'MIGRATION_LOCK'
  | 'FOREIGN_MANAGER'
  | 'STALE_SNAPSHOT'
  | 'INVALID_CONVERSION'
  | 'CONVERSION_CONFLICT'
  | 'INVALID_MONEY'
  | 'INVALID_SUBJECT'
  | 'INVALID_CLICK_ID'
  | 'UNKNOWN_CLICK'
  | 'CONSENT_MISSING'
  | 'CORRECTION_CONFLICT'
  | 'API_REFUSED'
  | 'API_UNREACHABLE'
  | 'API_ANSWER_UNUSABLE'
  | 'EVENT_MAPPER_FAILED'
  | 'NOT_RECORDED'
  | 'NO_OPEN_CLAIM'
  | 'BACKFILL_FORMAT'
  | 'BACKFILL_REFUSED'
  | 'RECONCILIATION_INPUT'
  | 'RECONCILIATION_PAUSED'
  | 'OVERVIEW_QUERY'
  | 'ACT_REFUSED'
  | 'CLI_USAGE'
  | 'CLI_DATABASE'
  | 'CLI_MODULE'
  | 'CLI_INTERRUPTED'
  | 'CLI_BROWSER'
  | 'TESTING'
  | 'SANDBOX';

/**
 * The root of every error that this package throws.
 *
 * Messages end with what to do about it and never carry a secret, an address or a request object.
 */
export abstract class ImpactError extends Error {
  abstract readonly code: ImpactErrorCode;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}
