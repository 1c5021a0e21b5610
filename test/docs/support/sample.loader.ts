import { type Options, transformSync } from '@swc/core';

const options = (type: 'es6' | 'commonjs'): Options => ({
  configFile: false,
  swcrc: false,
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    keepClassNames: true,
  },
  module: { type },
});

/** TypeScript of a page as JavaScript that plain `node` runs. */
export const compileSample = (text: string, type: 'es6' | 'commonjs' = 'es6'): string =>
  transformSync(text, options(type)).code;

/** Runs a sample that imports types only, and answers what it exports. */
export async function loadSample<T>(text: string): Promise<T> {
  return (await import(`data:text/javascript,${encodeURIComponent(compileSample(text))}`)) as T;
}
