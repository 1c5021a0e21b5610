import { Logger, type Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { ConfigService } from '@nestjs/config';
import { DataSource } from 'typeorm';
import {
  type Built,
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

export const OWN_DATA_SOURCE = Symbol('nestjs-impact:own-data-source');

/** Where the testing kit changes what the app gives, before it is read; null in every real app. */
export const OPTIONS_CHANGE = Symbol.for('nestjs-impact:options-change');

export interface OptionsChange {
  change(given: ImpactOptions | undefined): ImpactOptions | undefined;
}

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
 * @param built what the extras turn on that needs values.
 */
export function optionsProvider(
  module: () => unknown,
  problems: readonly OptionProblem[],
  built: Built,
): Provider {
  return {
    provide: IMPACT_OPTIONS,
    inject: [MODULE_OPTIONS_TOKEN, ConfigService, ModulesContainer, OPTIONS_CHANGE],
    useFactory: (
      values: ImpactOptions | undefined,
      config: ConfigService,
      modules: ModulesContainer,
      test: OptionsChange | null,
    ): ResolvedImpactOptions => {
      refuseSecondImport(modules, module());
      const given = test === null ? values : test.change(values);
      const { options, warnings } = resolveOptions(
        isPassive() ? passively(given) : given,
        (name) => config.get<string>(name),
        process.env['NODE_ENV'],
        problems,
        built,
      );
      const logger = new Logger('ImpactModule');
      for (const warning of warnings) logger.warn(warning);
      return options;
    },
  };
}

/**
 * Set on the global object while the command line starts an app's own module: nothing is sent or changed
 * because of the start. A symbol of all realms, because the app may have a copy of the package of its own.
 */
export const PASSIVE = Symbol.for('nestjs-impact:passive');

const isPassive = (): boolean => (globalThis as { [PASSIVE]?: boolean })[PASSIVE] === true;

const passively = (given: ImpactOptions | undefined): ImpactOptions => ({
  ...given,
  migrate: false,
  delivery: { ...given?.delivery, autoStart: false },
});

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
