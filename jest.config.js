/** @type {import('jest').Config} */
export default {
  roots: ['<rootDir>/src', '<rootDir>/test', '<rootDir>/examples'],
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  testEnvironment: 'node',
  // Which databases there are is found out once; what was not run is said at the end.
  globalSetup: '<rootDir>/test/support/jest.setup.mjs',
  globalTeardown: '<rootDir>/test/support/jest.teardown.mjs',
  // A busy machine is no defect; nothing here asserts on time.
  testTimeout: 30_000,
  // Modules of a finished file are never let go of (ES modules in contexts): a worker that has run many spends its
  // time collecting garbage, and is better begun anew.
  workerIdleMemoryLimit: '800MB',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^nestjs-impact$': '<rootDir>/src/index.ts',
    '^nestjs-impact/terminus$': '<rootDir>/src/operations/health/terminus.ts',
    '^nestjs-impact/(sandbox|testing)$': '<rootDir>/src/$1/index.ts',
    '^(\\.{1,2}/.*)\\.js$': ['$1.ts', '$1.js'],
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
        },
        module: { type: 'es6' },
      },
    ],
    // Fastify's inject() reads cookies with a CommonJS build that needs the ESM interop.
    '/cookie/.+\\.js$': ['@swc/jest', { module: { type: 'es6' } }],
  },
  transformIgnorePatterns: ['/node_modules/(?!cookie/)'],
};
