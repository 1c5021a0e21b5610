import { type INestApplicationContext, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ClickIdRepository,
  type ConversionInput,
  ConversionService,
  DeliveryDispatcher,
  ImpactModule,
  type ImpactModuleOptions,
  VerdictService,
} from 'nestjs-impact';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import type { DataSourceOptions } from 'typeorm';

/** What a person's details look like: they must stand nowhere in what a command says. */
export const CANARY = {
  email: 'canary.person@shop.example',
  customer: 'customer-canary-7f3a',
  note: 'ring at the canary gate',
} as const;

@Module({})
class ShopModule {}

/** A sandbox, and a shop's database with sales of many kinds. */
export interface Stage {
  readonly sandbox: ImpactSandbox;
  /** As the app's own environment has them. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const sale = (orderId: string, more: Partial<ConversionInput> = {}): ConversionInput =>
  ({
    orderId,
    eventDate: new Date(Date.now() - 60_000),
    currency: 'EUR',
    items: [
      { sku: 'MUG', category: 'Kitchen', quantity: 2, subtotal: '30.00' },
      { sku: 'BEANS', category: 'Coffee', quantity: 1, subtotal: '12.50' },
    ],
    ...more,
  }) as ConversionInput;

/** Sandbox and settings, with nothing in the database but the tables. */
export async function emptyStage(database: DataSourceOptions): Promise<Stage> {
  const sandbox = await ImpactSandbox.start({ settleAfter: '1ms', accountCurrency: 'EUR' });
  const { accountSid, authToken, campaignId, eventTypeId } = sandbox.credentials;
  const env = {
    IMPACT_ACCOUNT_SID: accountSid,
    IMPACT_AUTH_TOKEN: authToken,
    IMPACT_CAMPAIGN_ID: campaignId,
    IMPACT_EVENT_TYPE_ID: eventTypeId,
    IMPACT_BASE_URL: sandbox.url,
    IMPACT_ALLOW_ANY_BASE_URL: 'true',
    IMPACT_MODE: 'live',
    IMPACT_ENVIRONMENT: 'staging',
    ...(database.type === 'better-sqlite3'
      ? { IMPACT_DATABASE_URL: database.database }
      : { IMPACT_DATABASE_URL: (database as { url: string }).url }),
  };
  const stage = { sandbox, env, close: () => sandbox.close() };
  const shop = await shopOn(stage, database);
  await shop.close();
  return stage;
}

/** The shop's own app on the stage, which sends only when it is told. */
export async function shopOn(
  { sandbox }: Pick<Stage, 'sandbox'>,
  database: DataSourceOptions,
  more: ImpactModuleOptions = {},
): Promise<INestApplicationContext> {
  const options: ImpactModuleOptions = {
    ...sandbox.credentials,
    mode: 'live',
    environment: 'staging',
    baseUrl: sandbox.url,
    allowAnyBaseUrl: true,
    database,
    verdicts: { lookupAfter: '10ms', sweepInterval: '10ms' },
    recording: { onInvalid: 'park' },
    ...more,
    delivery: { autoStart: false },
  };
  const root = { module: ShopModule, imports: [ImpactModule.forRoot(options)] };
  return NestFactory.createApplicationContext(root, { logger: false, abortOnError: false });
}

/** Sales in every state that a person has to do with. */
export async function fullStage(database: DataSourceOptions): Promise<Stage> {
  const stage = await emptyStage(database);
  const { sandbox } = stage;
  const rehearsal = await shopOn(stage, database, { mode: 'dry-run' });
  for (const orderId of ['2001', '2002']) {
    await rehearsal.get(ConversionService).record(sale(orderId, { customer: { id: CANARY.customer } }));
  }
  await rehearsal.close();

  const shop = await shopOn(stage, database);
  const get = <T>(token: Type<T>): T => shop.get(token, { strict: false });
  const conversions = get(ConversionService);
  const drain = async (): Promise<void> => {
    await get(DeliveryDispatcher).drain();
    await sandbox.settle();
  };
  for (const orderId of ['1040', '1041', '1042']) {
    const clickId = await landOn(sandbox);
    await get(ClickIdRepository).remember({ clickId });
    await conversions.record(
      sale(orderId, {
        clickId,
        // A sale that was paid before its click is refused.
        eventDate: new Date(Date.now() - (orderId === '1040' ? 3_600_000 : 0)),
        customer: { id: CANARY.customer, email: CANARY.email },
        note: CANARY.note,
      }),
    );
  }
  await drain();
  await get(VerdictService).hurry();
  sandbox.office('1041', 'approve');
  await get(VerdictService).hurry();
  await conversions.refund('1041', { key: 'refund-77', items: [{ sku: 'MUG', quantity: 1 }] });
  await get(VerdictService).hurry();

  sandbox.fault({ status: 400, on: 'conversions', times: 1 });
  await conversions.record(sale('1043', { customer: { id: CANARY.customer, email: CANARY.email } }));
  await drain();
  await conversions.record(sale('1044', { currency: 'XXQ' }));
  await conversions.record(sale('1045', { customer: { id: CANARY.customer } }));
  await shop.close();
  return stage;
}

/** A visitor follows a partner's link; answers the click id of the landing URL. */
async function landOn(sandbox: ImpactSandbox): Promise<string> {
  const link = sandbox.trackingLink({ landingUrl: 'http://localhost:3000/' });
  const { headers } = await fetch(link, { redirect: 'manual' });
  return new URL(headers.get('location')!).searchParams.get('im_ref')!;
}
