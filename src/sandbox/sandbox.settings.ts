import type { FaultPlan } from './faults/fault.plan.js';
import {
  DEFAULTS,
  DOLLARS,
  EVENT_TYPES,
  PARTNERS,
  PROGRAMS,
  TEST_PARTNER,
  type PlainOptions,
} from './sandbox.defaults.js';
import { SandboxOptionError } from './sandbox.errors.js';
import type {
  SandboxOptions,
  SandboxPartner,
  SandboxPostbacks,
  SandboxProgram,
  ScopeName,
} from './sandbox.options.js';
import { milliseconds } from './rules/duration.rules.js';
import { decimal, isCurrency } from './rules/money.rules.js';

export interface Contract {
  readonly payoutRate: string;
  readonly referralWindow: number;
  readonly lockingAfter: number;
  readonly eventTypeIds: readonly string[] | null;
  readonly maxActionsPerClick: number;
}

/** A code as the account keeps it. */
export interface PromoCode {
  readonly id: string;
  readonly programId: string;
  readonly partnerId: string;
  readonly code: string;
  /** `LI` is taken letter by letter, `RE` is a pattern for the whole code (docs/vendor-contract.md §10.3). */
  readonly type: 'LI' | 'RE';
  readonly startDate: Date | null;
  readonly endDate: Date | null;
}

export interface Partner {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
  readonly test: boolean;
  readonly promoCodes: readonly PromoCode[];
  readonly contract: Contract | null;
}

export interface Program {
  readonly id: string;
  readonly name: string;
  readonly landingUrl: string | null;
  readonly deepLinkDomains: readonly string[] | null;
  readonly clickIdParameter: string;
}

export interface EventType {
  readonly id: string;
  readonly name: string;
  readonly code: string;
  readonly programId: string;
  readonly active: boolean;
  readonly requiresItems: boolean;
  readonly duplicateWindow: number;
  readonly promoCodes: boolean;
}

/** The options with every default filled in and every duration in milliseconds. */
export interface SandboxSettings extends Readonly<PlainOptions> {
  readonly settleAfter: number;
  readonly actionDelay: number;
  readonly clearingAfter: number;
  readonly rateLimit: number;
  readonly rates: Readonly<Record<string, string>>;
  readonly programs: readonly Program[];
  readonly eventTypes: readonly EventType[];
  readonly partners: readonly Partner[];
  readonly pageSize: Readonly<{ minimum: number; default: number }>;
  readonly disabledScopes: readonly ScopeName[];
  readonly dispositionCodes: readonly string[];
  readonly postbacks: SandboxPostbacks | null;
  readonly faults: readonly FaultPlan[];
  readonly seed: number | null;
}

export function resolveSettings(options: SandboxOptions = {}): SandboxSettings {
  const plain = { ...DEFAULTS, ...defined(options) };
  if (!/^IR[A-Za-z0-9]{32}$/.test(plain.accountSid)) {
    throw new SandboxOptionError('accountSid', plain.accountSid, 'give "IR" and 32 letters or digits.');
  }
  if (!Number.isInteger(plain.port) || plain.port < 0 || plain.port > 65_535) {
    throw new SandboxOptionError('port', plain.port, 'give a port number, or 0 for a free one.');
  }
  if (!/^[+-]\d\d:\d\d$/.test(plain.utcOffset)) {
    throw new SandboxOptionError('utcOffset', plain.utcOffset, 'give an offset such as "-07:00".');
  }
  const referralWindow = milliseconds(options.referralWindow ?? '30d', 'referralWindow');
  const lockingAfter = milliseconds(options.lockingAfter ?? '16d', 'lockingAfter');
  const duplicateWindow = milliseconds(options.duplicateWindow ?? '30d', 'duplicateWindow');
  const programs = atLeastOne('programs', options.programs ?? PROGRAMS).map(program);
  const eventTypes = atLeastOne('eventTypes', options.eventTypes ?? EVENT_TYPES);
  return Object.freeze({
    ...pick(plain),
    settleAfter: milliseconds(options.settleAfter ?? '2s', 'settleAfter'),
    actionDelay: milliseconds(options.actionDelay ?? 0, 'actionDelay'),
    clearingAfter: milliseconds(options.clearingAfter ?? '7d', 'clearingAfter'),
    rateLimit: options.rateLimit === false ? Number.POSITIVE_INFINITY : (options.rateLimit ?? 1_000),
    rates: rates(plain.accountCurrency, options.rates ?? {}),
    programs,
    eventTypes: eventTypes.map((type) => ({
      id: type.id,
      name: type.name,
      code: type.code ?? '',
      programId: type.programId ?? programs[0]?.id ?? '',
      active: type.active ?? true,
      requiresItems: type.requiresItems ?? false,
      duplicateWindow:
        type.duplicateWindow === undefined
          ? duplicateWindow
          : milliseconds(type.duplicateWindow, `eventTypes[${type.id}].duplicateWindow`),
      promoCodes: type.promoCodes ?? true,
    })),
    partners: withTestPartner(options.partners ?? PARTNERS).map((entry) =>
      partner(entry, { referralWindow, lockingAfter, programId: programs[0]?.id ?? '' }),
    ),
    pageSize: { minimum: options.pageSize?.minimum ?? 2_000, default: options.pageSize?.default ?? 20_000 },
    disabledScopes: options.disabledScopes ?? [],
    dispositionCodes: options.dispositionCodes ?? [],
    postbacks: options.postbacks ?? null,
    faults: options.faults ?? [],
    seed: options.seed ?? null,
  });
}

function program(entry: SandboxProgram): Program {
  return {
    id: entry.id,
    name: entry.name,
    landingUrl: entry.landingUrl ?? null,
    deepLinkDomains: entry.deepLinkDomains ?? null,
    clickIdParameter: entry.clickIdParameter ?? 'im_ref',
  };
}

interface PartnerDefaults {
  readonly referralWindow: number;
  readonly lockingAfter: number;
  readonly programId: string;
}

function partner(entry: SandboxPartner, windows: PartnerDefaults): Partner {
  const at = `partners[${entry.id}].contract`;
  const contract = entry.contract === undefined ? {} : entry.contract;
  return {
    id: entry.id,
    name: entry.name,
    active: entry.active ?? true,
    test: entry.test ?? false,
    promoCodes: promoCodes(entry, windows.programId),
    contract: contract && {
      payoutRate: decimalText(contract.payoutRate ?? '5', `${at}.payoutRate`),
      referralWindow:
        contract.referralWindow === undefined
          ? windows.referralWindow
          : milliseconds(contract.referralWindow, `${at}.referralWindow`),
      lockingAfter:
        contract.lockingAfter === undefined
          ? windows.lockingAfter
          : milliseconds(contract.lockingAfter, `${at}.lockingAfter`),
      eventTypeIds: contract.eventTypeIds ?? null,
      maxActionsPerClick: contract.maxActionsPerClick ?? Number.POSITIVE_INFINITY,
    },
  };
}

function promoCodes(entry: SandboxPartner, programId: string): PromoCode[] {
  return (entry.promoCodes ?? []).map((given) => {
    const code = typeof given === 'string' ? { code: given } : given;
    const type = code.type ?? 'LI';
    if (type === 'RE' && !isPattern(code.code)) {
      throw new SandboxOptionError(
        `partners[${entry.id}].promoCodes`,
        code.code,
        'give a regular expression, or leave out `type`.',
      );
    }
    return {
      id: `${entry.id}-${code.code}`,
      programId: code.programId ?? programId,
      partnerId: entry.id,
      code: code.code,
      type,
      startDate: code.startDate ?? null,
      endDate: code.endDate ?? null,
    };
  });
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}

function withTestPartner(partners: SandboxPartner[]): SandboxPartner[] {
  if (partners.some((entry) => entry.test)) return partners;
  return [...partners, TEST_PARTNER];
}

function rates(account: string, own: Record<string, string>): Record<string, string> {
  const table: Record<string, string> = {};
  const base = DOLLARS[account];
  if (base !== undefined) {
    for (const [code, dollars] of Object.entries(DOLLARS)) {
      table[code] = decimal(dollars).div(base).round(12).toFixed();
    }
  }
  for (const [code, rate] of Object.entries(own)) {
    if (!isCurrency(code)) throw new SandboxOptionError('rates', code, 'use ISO 4217 codes.');
    table[code] = decimalText(rate, `rates.${code}`);
  }
  if (!isCurrency(account)) throw new SandboxOptionError('accountCurrency', account, 'use an ISO 4217 code.');
  table[account] = '1';
  return table;
}

function decimalText(value: string, option: string): string {
  if (/^\d+(\.\d+)?$/.test(value)) return value;
  throw new SandboxOptionError(option, value, 'give a decimal string such as "1.08".');
}

function atLeastOne<T>(option: string, list: T[]): T[] {
  if (list.length > 0) return list;
  throw new SandboxOptionError(option, list, 'give at least one, or leave the option out.');
}

function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function pick(plain: PlainOptions): PlainOptions {
  return Object.fromEntries(
    (Object.keys(DEFAULTS) as (keyof PlainOptions)[]).map((key) => [key, plain[key]]),
  ) as unknown as PlainOptions;
}
