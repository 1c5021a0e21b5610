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
import { ImpactApiClient, ImpactHttpModule, ImpactTrackingClient } from './api/index.js';
import {
  CAPTURE_PROVIDERS,
  captureInterceptor,
  createBrowserEndpointController,
  ImpactCaptureMiddleware,
  LANDING_WITNESS,
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
import {
  databaseProviders,
  OPTIONS_CHANGE,
  optionsProvider,
  refuseSecondImport,
} from './impact.providers.js';
import { ImpactShutdownModule } from './impact.shutdown.module.js';
import {
  AccountGate,
  ActionLedger,
  ConversionLedger,
  CorrectionLedger,
  DeliveryLedger,
  Doorbell,
  LookUpAllowance,
  PauseAnnouncer,
  PromoCodeBook,
  VerdictLedger,
  WalkLedger,
} from './ledger/index.js';
import {
  ActsService,
  BACKFILL_PROVIDERS,
  BackfillService,
  createDashboardController,
  DASHBOARD_PROVIDERS,
  HealthService,
  ImpactEvents,
  METRICS_PROVIDERS,
  MetricsService,
  OverviewService,
  PageViewReporter,
  PrivacyService,
  ReconciliationBook,
  ReconciliationService,
  RetentionService,
  SituationReader,
} from './operations/index.js';
import {
  ClaimService,
  CORRECTION_WORK,
  CorrectionOffice,
  PromoCodeService,
  createPostbackController,
  POSTBACK_PROVIDERS,
  PostbackCounters,
  VerdictPass,
  VerdictService,
} from './verdicts/index.js';

const SERVICES: readonly Provider[] = [
  ...CLICK_PROVIDERS,
  ...CAPTURE_PROVIDERS,
  AccountGate,
  Doorbell,
  ConversionLedger,
  CorrectionLedger,
  DeliveryLedger,
  ActionLedger,
  VerdictLedger,
  WalkLedger,
  LookUpAllowance,
  { provide: PauseAnnouncer, useFactory: () => new PauseAnnouncer(new Logger('ImpactDelivery')) },
  PromoCodeBook,
  ConversionService,
  DomainEventListener,
  ImpactApiClient,
  ImpactTrackingClient,
  PageViewReporter,
  { provide: LANDING_WITNESS, useExisting: PageViewReporter },
  ActionSearch,
  CallAllowance,
  DeliveryIntake,
  DeliverySender,
  DeliveryDispatcher,
  CorrectionOffice,
  { provide: CORRECTION_WORK, useExisting: CorrectionOffice },
  ClaimService,
  VerdictPass,
  VerdictService,
  PromoCodeService,
  ...POSTBACK_PROVIDERS,
  ...BACKFILL_PROVIDERS,
  ActsService,
  OverviewService,
  PrivacyService,
  ReconciliationBook,
  ReconciliationService,
  RetentionService,
  SituationReader,
  HealthService,
  ImpactEvents,
  ...METRICS_PROVIDERS,
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
    const { isGlobal, database, capture, postbacks, dashboard } = options;
    const { extras, problems } = readExtras({ isGlobal, database, capture, postbacks, dashboard });
    return {
      ...definition,
      imports: [
        ...(definition.imports ?? []),
        ...(extras.dashboard === false ? [] : extras.dashboard.imports),
        ConfigModule,
        DiscoveryModule,
        ImpactHttpModule,
        ImpactShutdownModule,
      ],
      controllers: [
        ...(extras.capture.endpoint === false
          ? []
          : [createBrowserEndpointController(extras.capture.endpoint)]),
        ...(extras.postbacks === false ? [] : [createPostbackController(extras.postbacks)]),
        ...(extras.dashboard === false ? [] : [createDashboardController(extras.dashboard)]),
      ],
      providers: [
        ...(definition.providers ?? []),
        { provide: IMPACT_EXTRAS, useValue: extras },
        { provide: OPTIONS_CHANGE, useValue: null },
        optionsProvider(() => ImpactModule, problems, {
          postbacks: extras.postbacks !== false,
          dashboard: guardedness(extras.dashboard),
        }),
        ...databaseProviders(extras.database),
        ...SERVICES,
        ...captureInterceptor(extras.capture),
        ...(extras.dashboard === false ? [] : DASHBOARD_PROVIDERS),
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

const guardedness = (dashboard: ResolvedImpactExtras['dashboard']): 'guarded' | 'unguarded' | undefined => {
  if (dashboard === false) return undefined;
  return dashboard.guards.length === 0 ? 'unguarded' : 'guarded';
};

const PUBLIC = [
  ConversionService,
  DeliveryDispatcher,
  VerdictService,
  ClaimService,
  ActsService,
  OverviewService,
  PostbackCounters,
  BackfillService,
  PrivacyService,
  ReconciliationService,
  RetentionService,
  HealthService,
  ImpactEvents,
  MetricsService,
  PageViewReporter,
  PromoCodeService,
  ImpactApiClient,
] as const;
