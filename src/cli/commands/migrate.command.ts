import type { DataSourceOptions } from 'typeorm';
import { migrate, migrationsAsSql, type SupportedDatabase } from '../../database/index.js';
import { connectionAt } from '../app.opener.js';
import { CliUsageError } from '../cli.errors.js';
import type { CommandRegistration } from '../command.context.js';
import { connectionInWords } from '../connection.rules.js';
import { withDatabase } from '../database.opener.js';
import { plain } from '../layout.rules.js';

/** `migrate`: the impact_* tables, for those who apply migrations before the app starts. */
export const migrateCommand: CommandRegistration = (program, context) => {
  program
    .command('migrate')
    .summary('creates or completes the impact_* tables')
    .description("Creates or completes the impact_* tables. The app's own tables are left alone.")
    .option('--print', 'print the SQL for this kind of database, and change nothing')
    .action(
      context.does(async ({ print = false }: { print?: boolean }) => {
        const connection = await connectionAt(context.where());
        if (connection === null) {
          throw new CliUsageError(
            'migrate works on a connection of its own, and --module has none. Give --database or --data-source.',
          );
        }
        if (print) {
          const sql = migrationsAsSql(connection.type as SupportedDatabase);
          return { data: { database: connection.type, sql }, lines: [sql.trimEnd()] };
        }
        const applied = await withDatabase(mayBeNew(connection), (database) => migrate(database));
        return {
          data: { applied },
          lines: [
            applied.length === 0
              ? `Nothing to do: ${plain(connectionInWords(connection))} has every migration.`
              : `Applied: ${applied.join(', ')}.`,
          ],
        };
      }),
    );
};

/** The one command that may make a SQLite file. */
const mayBeNew = (connection: DataSourceOptions): DataSourceOptions =>
  connection.type === 'better-sqlite3' ? { ...connection, fileMustExist: false } : connection;
