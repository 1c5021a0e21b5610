import { once } from 'node:events';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { assertMigrated, databaseOver, migrate, SystemClock } from '../../../src/database/index.js';

// One of several processes that start together: says that it is ready, waits for the word, and tells what it applied.
const options = JSON.parse(process.argv[2]!) as DataSourceOptions;
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const dataSource = await new DataSource(options).initialize();
const database = databaseOver(dataSource, new SystemClock());
const applied = await migrate(database);
await assertMigrated(database);
await dataSource.destroy();
process.stdout.write(`${JSON.stringify(applied)}\n`);
process.stdin.destroy();
