export { mysqlDialect } from './mysql.dialect.js';
export { postgresDialect } from './postgres.dialect.js';
export { sqliteDialect } from './sqlite.dialect.js';
