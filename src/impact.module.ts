import {
  type DynamicModule,
  Inject,
  Logger,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  Optional,
  type Provider,
} from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { DiscoveryModule, ModulesContainer } from '@nestjs/core';
import { ImpactApiClient, ImpactHttpModule } from './api/index.js';
import {
  CAPTURE_PROVIDERS,
  captureInterceptor,
  createBrowserEndpointController,
  ImpactCaptureMiddleware,
} from './capture/index.js';
import { CLICK_PROVIDERS } from './clicks/index.js';
import {
  IMPACT_OPTIONS,
  type ImpactModuleOptions,
  readExtras,
  type ResolvedImpactExtras,
} from './config/index.js';
import { ConversionService, DomainEventListener } from './conversions/index.js';
import { IMPACT_CLOCK, IMPACT_DATABASE } from './database/index.js';
import {
  ActionSearch,
  CallAllowance,
  DeliveryDispatcher,
  DeliveryIntake,
  DeliverySender,
} from './delivery/index.js';
import {
  ConfigurableModuleClass,
  IMPACT_EXTRAS,
  type ImpactModuleAsyncOptions,
  splitOptions,
} from './impact.module-definition.js';
import { ImpactModuleBareError } from './impact.errors.js';
import { databaseProviders, optionsProvider, refuseSecondImport } from './impact.providers.js';
import { ImpactShutdownModule } from './impact.shutdown.module.js';
import {
  AccountGate,
  ConversionLedger,
  DeliveryLedger,
  Doorbell,
  LookUpAllowance,
  PauseAnnouncer,
  VerdictLedger,
} from './ledger/index.js';
import { VerdictService } from './verdicts/index.js';

const SERVICES: readonly Provider[] = [
  ...CLICK_PROVIDERS,
  ...CAPTURE_PROVIDERS,
  AccountGate,
  Doorbell,
  ConversionLedger,
  DeliveryLedger,
  VerdictLedger,
  LookUpAllowance,
  { provide: PauseAnnouncer, useFactory: () => new PauseAnnouncer(new Logger('ImpactDelivery')) },
  ConversionService,
  DomainEventListener,
  ImpactApiClient,
  ActionSearch,
  CallAllowance,
  DeliveryIntake,
  DeliverySender,
  DeliveryDispatcher,
  VerdictService,
];

/**
 * Reports a shop's sales to impact.com: captures the partner's click, keeps it, delivers each sale and
 * finds out what became of it.
 *
 * Import it once, in the root module. Its providers are global unless `isGlobal` is `false`.
 */
@Module({})
export class ImpactModule extends ConfigurableModuleClass implements NestModule {
  readonly #extras: ResolvedImpactExtras;

  constructor(
    @Optional() @Inject(IMPACT_EXTRAS) extras: ResolvedImpactExtras | undefined,
    @Inject(ModulesContainer) modules: ModulesContainer,
  ) {
    super();
    refuseSecondImport(modules, ImpactModule);
    if (extras === undefined) throw new ImpactModuleBareError();
    this.#extras = extras;
  }

  /** Everything that is left out comes from the `IMPACT_*` variables, read through `@nestjs/config`. */
  static override forRoot(options: ImpactModuleOptions = {}): DynamicModule {
    const { values, extras } = splitOptions(options);
    return this.forRootAsync({ ...extras, useFactory: () => values });
  }

  /** Values from a factory; what Nest needs while it builds the module stands beside it. */
  static override forRootAsync(options: ImpactModuleAsyncOptions): DynamicModule {
    const definition = super.forRootAsync(options);
    const { isGlobal, database, capture } = options;
    const { extras, problems } = readExtras({ isGlobal, database, capture });
    return {
      ...definition,
      imports: [
        ...(definition.imports ?? []),
        ConfigModule,
        DiscoveryModule,
        ImpactHttpModule,
        ImpactShutdownModule,
      ],
      controllers:
        extras.capture.endpoint === false ? [] : [createBrowserEndpointController(extras.capture.endpoint)],
      providers: [
        ...(definition.providers ?? []),
        { provide: IMPACT_EXTRAS, useValue: extras },
        optionsProvider(() => ImpactModule, problems),
        ...databaseProviders(extras.database),
        ...SERVICES,
        captureInterceptor(extras.capture.via),
      ],
      exports: [
        IMPACT_OPTIONS,
        IMPACT_CLOCK,
        IMPACT_DATABASE,
        ...CLICK_PROVIDERS,
        ...CAPTURE_PROVIDERS,
        ...PUBLIC,
      ],
    };
  }

  configure(consumer: MiddlewareConsumer): void {
    const { via, routes } = this.#extras.capture;
    // `{*path}` also matches `/`, which `*path` does not.
    if (via === 'middleware') consumer.apply(ImpactCaptureMiddleware).forRoutes(...(routes ?? ['{*path}']));
  }
}

const PUBLIC = [ConversionService, DeliveryDispatcher, VerdictService, ImpactApiClient] as const;
