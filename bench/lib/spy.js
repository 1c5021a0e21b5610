/**
 * Sees the statements that the package sends, in the driver's own words, so that they can be repeated without it.
 * Install it before the first statement of interest: SQLite's are prepared once.
 */
export function spyOn(dataSource) {
  let seen = null;
  const note = (sql, values) => {
    // Asked once of each connection, whatever is measured there.
    if (!sql.includes('pg_backend_pid')) seen?.push({ sql, values: [...values] });
  };

  if (dataSource.options.type === 'better-sqlite3') {
    const handle = dataSource.driver.databaseConnection;
    const prepare = handle.prepare.bind(handle);
    handle.prepare = (sql) => {
      const statement = prepare(sql);
      for (const method of ['run', 'all', 'get']) {
        const call = statement[method].bind(statement);
        statement[method] = (...values) => {
          note(sql, values);
          return call(...values);
        };
      }
      return statement;
    };
  } else {
    const { logger } = dataSource;
    const logQuery = logger.logQuery.bind(logger);
    logger.logQuery = (sql, values, runner) => {
      note(sql, values ?? []);
      logQuery(sql, values, runner);
    };
  }

  return {
    /** The statements that were sent while `work` ran. */
    async during(work) {
      seen = [];
      await work();
      const statements = seen;
      seen = null;
      return statements;
    },
  };
}
