// The built package. BENCH_DIST may name another build of it, to compare two versions.
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const dist =
  process.env.BENCH_DIST === undefined
    ? new URL('../../dist/', import.meta.url)
    : pathToFileURL(`${process.env.BENCH_DIST}/`);

if (!existsSync(new URL('index.js', dist))) {
  throw new Error('The package is not built. Run: npm run build');
}

/** What users import. */
export const impact = await import(new URL('index.js', dist).href);

/** A part of the package that is not exported, for what cannot be measured from outside. */
export const internal = (path) => import(new URL(path, dist).href);
