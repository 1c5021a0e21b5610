import { ImpactApiRefusedError } from '../api/index.js';
import { ImpactError, type ImpactErrorCode } from '../errors/index.js';

/** What a script can tell from the end of a command (docs/cli.md). */
export const EXIT = {
  /** Done; nothing bad was found. */
  fine: 0,
  /** It was done and found something bad, or what was asked for was refused. */
  bad: 1,
  /** Wrong command, option or value, or wrong settings: the same again will fail again. */
  usage: 2,
  /** Database or impact.com cannot be reached, or do not let us in: later it may go well. */
  unreachable: 3,
  /** Ended by Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_CODE: Readonly<Partial<Record<ImpactErrorCode, ExitCode>>> = {
  CLI_USAGE: EXIT.usage,
  CLI_MODULE: EXIT.usage,
  CLI_DATABASE: EXIT.unreachable,
  CLI_INTERRUPTED: EXIT.interrupted,
  CONFIGURATION: EXIT.usage,
  MODULE_IMPORTED_TWICE: EXIT.usage,
  DATABASE_UNSUPPORTED: EXIT.usage,
  DATABASE_BUSY: EXIT.unreachable,
  MIGRATIONS_PENDING: EXIT.unreachable,
  MIGRATION_LOCK: EXIT.unreachable,
  API_UNREACHABLE: EXIT.unreachable,
  API_ANSWER_UNUSABLE: EXIT.unreachable,
  RECONCILIATION_PAUSED: EXIT.unreachable,
  RECONCILIATION_INPUT: EXIT.usage,
  OVERVIEW_QUERY: EXIT.usage,
  INVALID_SUBJECT: EXIT.usage,
};

/** Refusals that concern the account or the moment, and not what was asked. */
const NOT_LET_IN: ReadonlySet<number | null> = new Set([401, 403, 408, 429]);

/** Codes of Node and of the database drivers for a connection that is not there. */
const CONNECTION =
  /^(E(CONN\w+|NOTFOUND|AI_AGAIN|TIMEDOUT|HOSTUNREACH|PIPE)|PROTOCOL_CONNECTION_LOST|57P0\d|08\d{3}|SQLITE_(BUSY|CANTOPEN|READONLY|FULL|IOERR|NOTADB)\w*)$/;

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof ImpactApiRefusedError) {
    return NOT_LET_IN.has(error.status) ? EXIT.unreachable : EXIT.bad;
  }
  if (error instanceof ImpactError) return BY_CODE[error.code] ?? EXIT.bad;
  return CONNECTION.test(codeOf(error) ?? '') ? EXIT.unreachable : EXIT.bad;
}

/** The code that Node or a driver gave an error. */
export function codeOf(error: unknown): string | null {
  const { code } = (typeof error === 'object' && error !== null ? error : {}) as { code?: unknown };
  return typeof code === 'string' && code !== '' ? code : null;
}
