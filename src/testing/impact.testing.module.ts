import { type DynamicModule, type Provider } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { ImpactModuleOptions } from '../config/index.js';
import { IMPACT_CLOCK } from '../database/index.js';
import { ImpactModule } from '../impact.module.js';
import { OPTIONS_CHANGE } from '../impact.providers.js';
import { ImpactTesting } from './impact.testing.js';
import { TestBench } from './test.bench.js';
import { IN_MEMORY, type ImpactTestingOptions } from './testing.options.js';

export interface ImpactTestingModuleOptions extends ImpactTestingOptions {
  /** As for `ImpactModule.forRoot()`, e.g. `{ recording: { send: 'all' } }`. Credentials and mode are the sandbox's. */
  impact?: Omit<ImpactModuleOptions, 'database'>;
}

/**
 * `ImpactModule` for tests of single services: on a SQLite database in memory, with a sandbox of its own that
 * is closed with the module. Everything of `ImpactModule` can be injected, and {@link ImpactTesting} besides.
 *
 * For a test of the whole app use `compileWithImpact()`.
 */
export class ImpactTestingModule {
  private constructor() {}

  static forRoot({ impact, sandbox, database = IN_MEMORY }: ImpactTestingModuleOptions = {}): DynamicModule {
    const definition = ImpactModule.forRoot({ ...impact, database });
    // The later provider of a token is the one that counts.
    const instead: Provider[] = [
      { provide: OPTIONS_CHANGE, useFactory: () => TestBench.start(sandbox) },
      { provide: IMPACT_CLOCK, inject: [OPTIONS_CHANGE], useFactory: ({ clock }: TestBench) => clock },
      {
        provide: ImpactTesting,
        inject: [OPTIONS_CHANGE, ModuleRef],
        useFactory: (bench: TestBench, modules: ModuleRef) => new ImpactTesting(bench, modules),
      },
    ];
    return {
      ...definition,
      providers: [...(definition.providers ?? []), ...instead],
      exports: [...(definition.exports ?? []), ImpactTesting],
    };
  }
}
