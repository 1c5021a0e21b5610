/**
 * Sees the statements that the package sends, in the driver's own words, so that they can be repeated without it.
 * Install it before the first statement of interest: SQLite's are prepared once.
 */
export function spyOn(dataSource) {
  let seen = null;
  const note = (sql, values) => seen?.push({ sql, values: [...values] });

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
    const createQueryRunner = dataSource.createQueryRunner.bind(dataSource);
    dataSource.createQueryRunner = (...given) => {
      const runner = createQueryRunner(...given);
      const query = runner.query.bind(runner);
      runner.query = (sql, values, structured) => {
        note(sql, values ?? []);
        return query(sql, values, structured);
      };
      return runner;
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
