import type { AttributedBy, SandboxClick } from '../sandbox.types.js';
import type { Contract, EventType, Partner, SandboxSettings } from '../sandbox.settings.js';
import type { ActionRecord } from '../state/action.record.js';
import type { Referral } from '../state/sandbox.store.js';
import type { ConversionInput } from './conversion.reader.js';
import { ownerOf } from './promo.rules.js';
import type { ReasonCode } from './reason.codes.js';

/** What the decision needs to know of the world. */
export interface VerdictWorld {
  readonly settings: Pick<
    SandboxSettings,
    'programs' | 'eventTypes' | 'partners' | 'unknownClick' | 'deduplicateErrorType' | 'promoCodeConflict'
  >;
  click(id: string): SandboxClick | undefined;
  /** Oldest first. */
  actionsOfOrder(programId: string, eventTypeId: string, orderId: string): readonly ActionRecord[];
  actionsOfClick(clickId: string): number;
  referral(key: string): Referral | undefined;
}

export interface Sale {
  readonly input: ConversionInput;
  readonly orderId: string;
  readonly eventDate: Date;
  readonly receivedAt: Date;
}

export interface Credit {
  readonly partner: Partner;
  readonly contract: Contract;
  readonly eventType: EventType;
  readonly attributedBy: AttributedBy;
  readonly click: SandboxClick | null;
}

export type Verdict =
  | { readonly kind: 'credited'; readonly credit: Credit }
  | { readonly kind: 'unattributed' }
  | {
      readonly kind: 'refused';
      readonly errorType: string;
      readonly reason: ReasonCode;
      readonly partnerId: string;
    };

const VALIDATION = 'Validation';
const CONTRACT = 'Contract Error';

/** The worker's decision, in the order of docs/vendor-contract.md §11.3: the first failure wins. */
export function judge(sale: Sale, world: VerdictWorld): Verdict {
  const { fields } = sale.input;
  const { settings } = world;

  const program = settings.programs.find(({ id }) => id === fields['CampaignId']);
  if (!program) return refused(VALIDATION, 'CAMPAIGN_NOT_FOUND');
  const eventType = findEventType(fields, settings.eventTypes);
  if (!eventType) return refused(VALIDATION, 'ACTIONTRACKER_NOT_FOUND');
  if (eventType.programId !== program.id) return refused(VALIDATION, 'ACTIONTRACKER_CAMPAIGN_MISMATCH');
  if (!eventType.active) return refused(VALIDATION, 'ACTIONTRACKER_NOT_ACTIVE');
  if (sale.orderId.trim() === '') return refused(VALIDATION, 'OID_MISSING');
  if (isDuplicate(sale, eventType, world)) return refused(settings.deduplicateErrorType, 'CONV_DUPLICATE');

  const found = attribute(sale, eventType, world);
  if (found === 'unattributed') return { kind: 'unattributed' };
  if (found === 'unknown-click') return refused(CONTRACT, 'ACTION_REF_NOT_FOUND');
  if (found === 'restricted-code') return refused(CONTRACT, 'RESTRICTED_PROMOCODE');

  const { partner, click } = found;
  const contractError = (reason: ReasonCode): Verdict => refused(CONTRACT, reason, partner.id);
  if (click?.malformed) return contractError('MALFORMED');
  if (!partner.active) return contractError('PARTNER_NOT_ACTIVE');
  const { contract } = partner;
  if (!contract) return contractError('CONTRACT_NOT_FOUND');
  if (contract.eventTypeIds && !contract.eventTypeIds.includes(eventType.id)) {
    return contractError('ACTIONTERMS_NOT_FOUND');
  }
  if (click && !insideWindow(sale.eventDate, click.at, contract.referralWindow)) {
    return contractError('OUTSIDE_ASSOCIATION_WINDOW');
  }
  if (eventType.requiresItems && sale.input.items.length === 0) return contractError('NO_ITEM');
  if (click && world.actionsOfClick(click.id) >= contract.maxActionsPerClick) {
    return contractError('MAX_RECURRENCES_REACHED');
  }
  return {
    kind: 'credited',
    credit: { partner, contract, eventType, attributedBy: found.by, click },
  };
}

/** The id wins over the code when both are sent. */
export function findEventType(
  fields: Readonly<Record<string, string>>,
  eventTypes: readonly EventType[],
): EventType | undefined {
  const id = fields['ActionTrackerId'] ?? fields['EventTypeId'];
  return id === undefined
    ? eventTypes.find(({ code }) => code !== '' && code === fields['EventTypeCode'])
    : eventTypes.find((type) => type.id === id);
}

/** Keys under which a customer's referral is remembered. */
export function customerKeys(fields: Readonly<Record<string, string>>): string[] {
  return ['CustomerId', 'CustomProfileId'].flatMap((name) =>
    fields[name] ? [`${name}:${fields[name]}`] : [],
  );
}

/** Both dates in whole seconds: an event date carries no more, and a click of the same second comes before it. */
function insideWindow(eventDate: Date, clickedAt: Date, window: number): boolean {
  const click = Math.floor(clickedAt.getTime() / 1_000) * 1_000;
  const age = eventDate.getTime() - click;
  return age >= 0 && age <= window;
}

function isDuplicate(sale: Sale, eventType: EventType, world: VerdictWorld): boolean {
  const newest = world.actionsOfOrder(eventType.programId, eventType.id, sale.orderId).at(-1);
  return (
    newest !== undefined &&
    sale.receivedAt.getTime() - newest.receivedAt.getTime() < eventType.duplicateWindow
  );
}

interface Attribution {
  readonly by: AttributedBy;
  readonly partner: Partner;
  readonly click: SandboxClick | null;
}

/** Stands for a click of the test partner without one (docs/vendor-contract.md §8.1). */
const TEST_CLICK = 'impacttest';

/**
 * A media id forces the credit whatever the click says (docs/vendor-contract.md §3.2); then ClickId, then
 * promo code, then what the customer came by before.
 */
function attribute(
  sale: Sale,
  eventType: EventType,
  world: VerdictWorld,
): Attribution | 'unattributed' | 'unknown-click' | 'restricted-code' {
  const { fields } = sale.input;
  const { partners } = world.settings;
  const partnerOf = (id: string): Partner | undefined => partners.find((partner) => partner.id === id);

  const media = partnerOf(fields['MediaPartnerId'] ?? fields['MediaId'] ?? '');
  if (media) return { by: 'media', partner: media, click: null };

  const clickId = fields['ClickId'] ?? fields['CustomClickId'];
  const tester = clickId === TEST_CLICK ? partners.find(({ test }) => test) : undefined;
  if (tester) return { by: 'click', partner: tester, click: null };
  const click = clickId === undefined ? undefined : world.click(clickId);
  const clickPartner = click && partnerOf(click.partnerId);
  const owner = ownerOf(fields['OrderPromoCode'], eventType, sale.eventDate, partners);
  const conflict = owner !== null && clickPartner !== undefined && owner.id !== clickPartner.id;
  if (conflict && world.settings.promoCodeConflict === 'refuse') return 'restricted-code';
  if (click && clickPartner && !(conflict && world.settings.promoCodeConflict === 'code')) {
    return { by: 'click', partner: clickPartner, click };
  }
  if (owner) return { by: 'promo-code', partner: owner, click: null };

  for (const key of customerKeys(fields)) {
    const referral = world.referral(key);
    const partner = referral && partnerOf(referral.partnerId);
    // A referral that is too old is none: nobody claimed it, so it is no error either.
    if (
      referral &&
      partner &&
      insideWindow(sale.eventDate, referral.at, partner.contract?.referralWindow ?? 0)
    ) {
      return { by: 'customer', partner, click: world.click(referral.clickId) ?? null };
    }
  }
  return clickId !== undefined && world.settings.unknownClick === 'error' ? 'unknown-click' : 'unattributed';
}

const refused = (errorType: string, reason: ReasonCode, partnerId = ''): Verdict => ({
  kind: 'refused',
  errorType,
  reason,
  partnerId,
});
