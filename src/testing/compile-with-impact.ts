import { parseEnv } from 'node:util';
import type { DataSourceOptions } from 'typeorm';
import type { ResolvedImpactExtras } from '../config/index.js';
import { IMPACT_CLOCK, OwnDataSource } from '../database/index.js';
import { IMPACT_EXTRAS } from '../impact.module-definition.js';
import { OPTIONS_CHANGE, OWN_DATA_SOURCE } from '../impact.providers.js';
import type { Providers } from './delivered.js';
import { ImpactTesting } from './impact.testing.js';
import { TestBench } from './test.bench.js';
import { ImpactTestingError } from './testing.error.js';
import { IN_MEMORY, type ImpactTestingOptions } from './testing.options.js';

/** As much of a module of `@nestjs/testing` as is needed here. */
interface Compiled extends Providers {
  close(): Promise<void>;
}

/** What `Test.createTestingModule()` answers. */
interface TestingBuilder<M extends Compiled> {
  overrideProvider(token: symbol): {
    useValue(value: unknown): unknown;
    useFactory(options: { factory: (...given: never[]) => unknown; inject: unknown[] }): unknown;
  };
  compile(): Promise<M>;
}

/** A compiled testing module, and impact.com beside it. */
export interface CompiledWithImpact<M> {
  readonly module: M;
  readonly impact: ImpactTesting;
}

/**
 * Compiles a testing module over an app that imports `ImpactModule`, in whatever way, with a sandbox in place
 * of impact.com: live mode, one clock for both, and nothing sent before the test says so. Everything else that
 * the app has set stays. Closing the app, or the module, closes the sandbox.
 *
 * ```ts
 * const { impact, module } = await compileWithImpact(Test.createTestingModule({ imports: [AppModule] }));
 * ```
 *
 * @param builder with overrides of the test's own, but not yet compiled.
 * @throws ImpactTestingError when nothing imports `ImpactModule`, and what stops the app at boot.
 */
export async function compileWithImpact<M extends Compiled>(
  builder: TestingBuilder<M>,
  { sandbox, database = IN_MEMORY }: ImpactTestingOptions = {},
): Promise<CompiledWithImpact<M>> {
  const bench = await TestBench.start(sandbox);
  try {
    builder.overrideProvider(OPTIONS_CHANGE).useValue(bench);
    builder.overrideProvider(IMPACT_CLOCK).useValue(bench.clock);
    builder.overrideProvider(OWN_DATA_SOURCE).useFactory({
      inject: [IMPACT_EXTRAS],
      factory: ({ database: configured }: ResolvedImpactExtras) => openOwn(configured, database),
    });
    const module = await withVariables(bench.sandbox.environment, () => builder.compile());
    await assertImported(module);
    return { module, impact: new ImpactTesting(bench, module) };
  } catch (error) {
    await bench.close();
    throw error;
  }
}

/** A factory of the app's own may ask for variables that a test has no reason to set: those, and while it runs. */
async function withVariables<T>(lines: string, work: () => Promise<T>): Promise<T> {
  const missing = Object.entries(parseEnv(lines)).filter(([name]) => process.env[name] === undefined);
  Object.assign(process.env, Object.fromEntries(missing));
  try {
    return await work();
  } finally {
    for (const [name] of missing) delete process.env[name];
  }
}

/** Never the one that the app has configured: a test has no business there. */
async function openOwn(
  configured: ResolvedImpactExtras['database'],
  instead: DataSourceOptions,
): Promise<OwnDataSource | null> {
  const isOwn = typeof configured === 'object' && configured !== null;
  return isOwn ? new OwnDataSource(instead).open() : null;
}

async function assertImported(module: Compiled): Promise<void> {
  try {
    module.get(OPTIONS_CHANGE, { strict: false });
  } catch (error) {
    await module.close();
    throw new ImpactTestingError(
      'Nothing in this testing module imports ImpactModule. Import the module of your app that does, or ' +
        'ImpactTestingModule.forRoot().',
      { cause: error },
    );
  }
}
