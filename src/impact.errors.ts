import { ImpactError } from './errors/index.js';

/** ImpactModule is part of the app more than once. */
export class ImpactModuleImportedTwiceError extends ImpactError {
  readonly code = 'MODULE_IMPORTED_TWICE';

  constructor(times: number) {
    super(
      `ImpactModule is imported ${times} times. Each import would be a module of its own, with its own loop on ` +
        `the same rows. Import ImpactModule.forRoot() once, in your root module: its providers are global.`,
    );
  }
}

/** ImpactModule stands in an `imports` list as a bare class, without its options. */
export class ImpactModuleBareError extends ImpactError {
  readonly code = 'CONFIGURATION';

  constructor() {
    super(
      'ImpactModule is imported as a bare class, which has no options. Import ImpactModule.forRoot() once, in ' +
        'your root module; other modules need no import, because its providers are global.',
    );
  }
}

/** The data source that holds, or should hold, the impact_* tables is not there. */
export class DataSourceMissingError extends ImpactError {
  readonly code = 'CONFIGURATION';

  constructor(name: string | null) {
    super(
      name === null
        ? 'nestjs-impact found no TypeORM data source. Import one beside it:\n' +
            '  TypeOrmModule.forRoot({ type: "better-sqlite3", database: "shop.sqlite", enableWAL: true }),\n' +
            '  ImpactModule.forRoot({ … })   // or give the module a connection of its own: { database: { type: … } }'
        : `nestjs-impact found no TypeORM data source named ${JSON.stringify(name)}. Import one of that name, ` +
            'or change the "database" option.',
    );
  }
}
