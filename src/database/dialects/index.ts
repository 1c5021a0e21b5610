export { mysqlDialect } from './mysql.dialect.js';
export { mysqlPrepared } from './mysql.prepared.js';
export { postgresDialect } from './postgres.dialect.js';
export { postgresPrepared } from './postgres.prepared.js';
export { sqliteDialect } from './sqlite.dialect.js';
