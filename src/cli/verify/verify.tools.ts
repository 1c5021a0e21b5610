import { ImpactApiClient } from '../../api/index.js';
import { ClickIdRepository, ImpactRequestContext } from '../../clicks/index.js';
import type { ResolvedImpactOptions } from '../../config/index.js';
import { ConversionService } from '../../conversions/index.js';
import { IMPACT_CLOCK, type Clock } from '../../database/index.js';
import { DeliveryDispatcher } from '../../delivery/index.js';
import { ActionLedger, ConversionLedger, Doorbell, PromoCodeBook } from '../../ledger/index.js';
import { type Pace, Pacer, VerificationReader, type VerificationTools } from '../../operations/index.js';
import { seenAction, VerdictService } from '../../verdicts/index.js';
import type { CliApp } from '../app.opener.js';

/** Whether it is a sandbox that answers: everything is quick there, and costs nobody's budget. */
export const isSandbox = ({ baseUrl }: Pick<ResolvedImpactOptions, 'baseUrl'>): boolean =>
  !/(^|\.)impact\.com$/.test(new URL(baseUrl).hostname);

const SANDBOX_PACE: Pace = { tick: 100, slow: 400 };
/** Submissions take minutes (docs/vendor-contract.md §4.4), and calls come out of the hour's budget. */
const VENDOR_PACE: Pace = { tick: 2_000, slow: 60_000 };

export const paceOf = (options: ResolvedImpactOptions): Pace =>
  isSandbox(options) ? SANDBOX_PACE : VENDOR_PACE;

type Given = Pick<VerificationTools, 'observer' | 'browser' | 'confirm' | 'save' | 'signal'> & {
  readonly drive: boolean;
  /** Milliseconds. */
  readonly timeout: number;
};

/** What a verification works with, out of an app. */
export function verifyTools(app: CliApp, { drive, timeout, ...given }: Given): VerificationTools {
  const { options, database } = app;
  const ledger = app.get(ConversionLedger);
  const pace = paceOf(options);
  return {
    ...given,
    options,
    api: app.get(ImpactApiClient),
    reader: new VerificationReader(options, database, ledger),
    conversions: app.get(ConversionService),
    sellerOf: (eventTypeId) => sellerOf(app, eventTypeId),
    takerOf: (eventTypeId) => takerOf(app, eventTypeId),
    pacer: new Pacer(pace, given.signal, drive ? driver(app, pace) : null),
    patience: { order: timeout, submission: timeout, action: timeout },
  };
}

/** The running app knows one event type; a sale's own request names it, so that the app sends those of others as well. */
function sellerOf(app: CliApp, eventTypeId: string): ConversionService {
  const { options, database } = app;
  if (eventTypeId === options.eventTypeId) return app.get(ConversionService);
  return new ConversionService(
    withEventType(options, eventTypeId),
    database,
    app.get<Clock>(IMPACT_CLOCK),
    app.get(ClickIdRepository),
    app.get(ImpactRequestContext),
    app.get(ConversionLedger),
    app.get(Doorbell),
    app.get(PromoCodeBook),
  );
}

/** An app keeps no action of an event type that is not its own. */
function takerOf(
  { options, database }: CliApp,
  eventTypeId: string,
): ReturnType<VerificationTools['takerOf']> {
  if (eventTypeId === options.eventTypeId) return null;
  const ledger = new ActionLedger(withEventType(options, eventTypeId), database);
  return async (actions) => {
    await ledger.apply(actions.map(seenAction), 'walk');
  };
}

/** A spread would lose what is not enumerable; a code would be sent in the number's place. */
const withEventType = (options: ResolvedImpactOptions, eventTypeId: string): ResolvedImpactOptions =>
  Object.create(options, {
    eventTypeId: { value: eventTypeId },
    eventTypeCode: { value: null },
  }) as ResolvedImpactOptions;

/** Does what the app's loops would do. At the vendor only what is due: a hurry would ask for every sale that is open. */
function driver(app: CliApp, { slow }: Pace): () => Promise<void> {
  const dispatcher = app.get(DeliveryDispatcher);
  const verdicts = app.get(VerdictService);
  const look = isSandbox(app.options) ? () => verdicts.hurry() : () => verdicts.sweep();
  let looked = -Infinity;
  return async () => {
    await dispatcher.drain();
    if (performance.now() - looked < slow) return;
    looked = performance.now();
    await look();
  };
}
