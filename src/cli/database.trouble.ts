import { codeOf, EXIT, exitCodeOf } from './exit.codes.js';

/** A table or column that is not there, in the words of each database. */
const NO_TABLE = /^(42P01|42703|ER_NO_SUCH_TABLE|ER_BAD_FIELD_ERROR)$/;

/** What an error of a statement means for the person at the command line; `null` for one that is none. */
export function databaseTrouble(error: unknown): string | null {
  const cause = (error as { driverError?: unknown } | null)?.driverError ?? error;
  const code = codeOf(cause);
  if (code === null) return null;
  const missing =
    NO_TABLE.test(code) ||
    (code === 'SQLITE_ERROR' && /^no such (table|column)/.test((cause as Error).message));
  if (missing)
    return `The impact_* tables are not those of this version (${code}). Run nestjs-impact migrate, or start the app with "migrate" on.`;
  if (exitCodeOf(cause) === EXIT.unreachable) {
    return `The connection to the database was lost (${code}). Give the command again; what was done stays done.`;
  }
  return null;
}
