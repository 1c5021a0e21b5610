// Runs a TypeScript file of the sources or the tests, as it is, in a process of its own:
//   node test/support/run-ts.mjs <file.ts> [arguments]
import { compiled } from './sources.mjs';

process.argv.splice(1, 1);
await import(await compiled(process.argv[1]));
