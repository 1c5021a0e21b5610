import { Logger, type Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { ConfigService } from '@nestjs/config';
import { DataSource } from 'typeorm';
import {
  IMPACT_OPTIONS,
  type ImpactOptions,
  type OptionProblem,
  resolveOptions,
  type ResolvedImpactExtras,
  type ResolvedImpactOptions,
} from './config/index.js';
import {
  assertMigrated,
  type Clock,
  databaseOver,
  IMPACT_CLOCK,
  IMPACT_DATABASE,
  type ImpactDatabase,
  migrate,
  OwnDataSource,
  refuseSecondConnection,
  SystemClock,
} from './database/index.js';
import { DataSourceMissingError, ImpactModuleImportedTwiceError } from './impact.errors.js';
import { MODULE_OPTIONS_TOKEN } from './impact.module-definition.js';

const OWN_DATA_SOURCE = Symbol('nestjs-impact:own-data-source');

/**
 * Each import of a dynamic module is a module of its own, and nobody can tell which is built first: so both
 * the module and its first provider ask.
 *
 * @throws ImpactModuleImportedTwiceError
 */
export function refuseSecondImport(modules: ModulesContainer, module: unknown): void {
  const times = [...modules.values()].filter(({ metatype }) => metatype === module).length;
  if (times > 1) throw new ImpactModuleImportedTwiceError(times);
}

/**
 * @param module the class whose second import is refused.
 * @param problems what is wrong with the extras, to be said together with what is wrong with the values.
 */
export function optionsProvider(module: () => unknown, problems: readonly OptionProblem[]): Provider {
  return {
    provide: IMPACT_OPTIONS,
    inject: [MODULE_OPTIONS_TOKEN, ConfigService, ModulesContainer],
    useFactory: (
      given: ImpactOptions | undefined,
      config: ConfigService,
      modules: ModulesContainer,
    ): ResolvedImpactOptions => {
      refuseSecondImport(modules, module());
      const { options, warnings } = resolveOptions(
        given,
        (name) => config.get<string>(name),
        process.env['NODE_ENV'],
        problems,
      );
      const logger = new Logger('ImpactModule');
      for (const warning of warnings) logger.warn(warning);
      return options;
    },
  };
}

/** The database door: over one of the app's data sources, or over a connection of the module's own. */
export function databaseProviders(database: ResolvedImpactExtras['database']): Provider[] {
  const own = typeof database === 'string' ? null : database;
  // The tokens that @nestjs/typeorm registers: the class for the default data source, text for a named one.
  const token = typeof database === 'string' && database !== 'default' ? `${database}DataSource` : DataSource;
  return [
    { provide: IMPACT_CLOCK, useClass: SystemClock },
    {
      provide: OWN_DATA_SOURCE,
      // The options are injected to be checked before a connection is opened.
      inject: [IMPACT_OPTIONS, { token: DataSource, optional: true }],
      useFactory: async (_: unknown, app?: DataSource): Promise<OwnDataSource | null> => {
        if (own === null) return null;
        refuseSecondConnection(own, app);
        return new OwnDataSource(own).open();
      },
    },
    {
      provide: IMPACT_DATABASE,
      inject: [OWN_DATA_SOURCE, { token, optional: true }, IMPACT_CLOCK, IMPACT_OPTIONS],
      useFactory: async (
        owned: OwnDataSource | null,
        app: DataSource | undefined,
        clock: Clock,
        options: ResolvedImpactOptions,
      ): Promise<ImpactDatabase> => {
        const dataSource = owned?.dataSource ?? app;
        if (dataSource === undefined) {
          throw new DataSourceMissingError(typeof database === 'string' ? database : null);
        }
        const door = databaseOver(dataSource, clock);
        if (options.migrate) await migrate(door);
        else await assertMigrated(door);
        return door;
      },
    },
  ];
}
