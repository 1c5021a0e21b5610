/** How a value is read; see `field.readers.ts`. */
export type FieldKind =
  /** Names something: refused rather than changed. */
  | 'identifier'
  /** An identifier that must not be an e-mail address. */
  | 'pseudonym'
  /** Describes something: cut and cleaned with a note. */
  | 'text'
  | 'country'
  | 'digits'
  | 'boolean'
  | 'money'
  /** Money that may be below zero. */
  | 'balance'
  | 'status'
  | 'email'
  | 'address'
  | 'promo-codes';

export interface FieldRule {
  /** Property, or group and property, of the input. */
  readonly path: string;
  /** The same, taken apart once and not for every sale. */
  readonly keys: readonly string[];
  /** The same as a problem names it. */
  readonly label: string;
  /** The vendor's parameter; items get their number after it. */
  readonly parameter: string;
  readonly kind: FieldKind;
  /** Largest length in characters, or digits. */
  readonly most: number;
  /** A published limit of an amount that is wider than the default. */
  readonly limit?: AmountLimit;
  readonly personal: Personal;
}

/**
 * What a field says about the person who bought.
 *
 * - `customer`: who they are, where they are, or which device is theirs. Goes when the customer is erased and
 *   when the retention of customer data ends.
 * - `free`: the caller's own words, which may say anything: goes as well, unless `retention.keptFields` names it.
 * - `no`: about the sale, the partner or the shop. Stays.
 */
export type Personal = 'customer' | 'free' | 'no';

export interface AmountLimit {
  readonly digits: number;
  readonly decimals: number;
}

/** Wherever a field says nothing else (docs/vendor-contract.md §2). */
export const DEFAULT_LENGTH = 255;
export const LONGEST_CUSTOM_TEXT = 64;

/** Published limits of amounts that the readers place themselves (docs/vendor-contract.md §3.2). */
export const ITEM_SUBTOTAL_LIMIT: AmountLimit = { digits: 14, decimals: 2 };
export const ORDER_DISCOUNT_LIMIT: AmountLimit = { digits: 12, decimals: 2 };
/** For amounts that only enter a calculation. */
export const NEVER_SENT: AmountLimit = { digits: 99, decimals: 9 };
const REPORTED_LIMIT: AmountLimit = { digits: 14, decimals: 2 };

const field = (
  path: string,
  parameter: string,
  kind: FieldKind,
  personal: Personal,
  more: { most?: number; limit?: AmountLimit } = {},
): FieldRule => ({
  most: DEFAULT_LENGTH,
  ...more,
  path,
  keys: path.split('.'),
  label: path.replace(/\.(\d)$/, '[$1]'),
  parameter,
  kind,
  personal,
});

/** Lengths: docs/vendor-contract.md §3.2. The order here is the order in what is sent. */
export const ORDER_FIELDS: readonly FieldRule[] = [
  field('shipping', 'OrderShipping', 'money', 'no', { limit: REPORTED_LIMIT }),
  field('tax', 'OrderTax', 'money', 'no', { limit: REPORTED_LIMIT }),
  field('margin', 'OrderMargin', 'balance', 'no'),
  field('promoCodes', 'OrderPromoCode', 'promo-codes', 'no'),
  field('customer.id', 'CustomerId', 'pseudonym', 'customer'),
  field('customer.email', 'CustomerEmail', 'email', 'customer'),
  field('customer.status', 'CustomerStatus', 'status', 'no', { most: 40 }),
  field('customer.city', 'CustomerCity', 'text', 'customer'),
  field('customer.region', 'CustomerRegion', 'text', 'customer'),
  field('customer.country', 'CustomerCountry', 'country', 'customer'),
  field('customer.postCode', 'CustomerPostCode', 'text', 'customer'),
  field('customProfileId', 'CustomProfileId', 'pseudonym', 'customer', { most: 70 }),
  field('mediaPartnerId', 'MediaPartnerId', 'digits', 'no', { most: 16 }),
  field('subIds.0', 'SubId1', 'pseudonym', 'no'),
  field('subIds.1', 'SubId2', 'pseudonym', 'no'),
  field('subIds.2', 'SubId3', 'pseudonym', 'no'),
  field('sharedId', 'SharedId', 'pseudonym', 'no'),
  field('uniqueUrl', 'UniqueUrl', 'identifier', 'no'),
  field('call.callerId', 'CallerId', 'identifier', 'customer'),
  field('call.phoneNumber', 'PhoneNumber', 'identifier', 'customer'),
  field('call.countryCode', 'CountryCode', 'country', 'customer'),
  field('device.googAId', 'GoogAId', 'identifier', 'customer'),
  field('device.androidId', 'AndroidId', 'identifier', 'customer'),
  field('device.appleIfa', 'AppleIfa', 'identifier', 'customer'),
  field('device.appleIfv', 'AppleIfv', 'identifier', 'customer'),
  field('device.manufacturer', 'DeviceMfr', 'text', 'customer'),
  field('device.model', 'DeviceModel', 'text', 'customer'),
  field('app.propertyId', 'PropertyId', 'digits', 'no', { most: 16 }),
  field('app.package', 'AppPackage', 'text', 'no'),
  field('app.version', 'AppVer', 'text', 'no'),
  field('app.name', 'AppName', 'text', 'no'),
  field('app.installReferrer', 'AppInstallRef', 'text', 'free'),
  field('location.id', 'LocationId', 'identifier', 'no'),
  field('location.name', 'LocationName', 'text', 'no'),
  field('location.type', 'LocationType', 'text', 'no'),
  field('consent', 'TrackingConsent', 'boolean', 'no'),
  field('ipAddress', 'IpAddress', 'address', 'customer'),
  field('userAgent', 'UserAgent', 'text', 'customer'),
  field('paymentType', 'PaymentType', 'text', 'no', { most: 32 }),
  field('giftPurchase', 'GiftPurchase', 'boolean', 'no'),
  field('dispositionCode', 'DispositionCode', 'identifier', 'no', { most: 64 }),
  field('note', 'Note', 'text', 'free'),
];

export const ITEM_FIELDS: readonly FieldRule[] = [
  field('name', 'ItemName', 'text', 'no'),
  field('subcategory', 'ItemSubCategory', 'text', 'no'),
  field('mpn', 'ItemMpn', 'text', 'no', { most: 64 }),
  field('brand', 'ItemBrand', 'text', 'no'),
  field('promoCode', 'ItemPromoCode', 'text', 'no'),
  field('deliveryType', 'ItemDeliveryType', 'text', 'no'),
];

/** Vendor's limits of custom fields (docs/vendor-contract.md §3.2, §12 #13 and #14). */
export const CUSTOM_FIELDS = {
  text: { parameter: 'Text', last: 50, personal: 'free' },
  numeric: { parameter: 'Numeric', last: 10, personal: 'free' },
  money: { parameter: 'Money', last: 3, personal: 'no' },
  dates: { parameter: 'Date', last: 10, personal: 'free' },
} as const;

const CUSTOM_GROUPS = Object.keys(CUSTOM_FIELDS);

const tops = (fields: readonly FieldRule[]): string[] => fields.map(({ keys, path }) => keys[0] ?? path);

/** Properties that the readers know, by group; `''` is the sale itself. Anything else in an input is a slip. */
export const KNOWN_PROPERTIES: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    '',
    new Set([
      'orderId',
      'eventDate',
      'currency',
      'items',
      'amount',
      'discount',
      'expectedTotal',
      'clickId',
      'subscription',
      'test',
      ...tops(ORDER_FIELDS),
      ...CUSTOM_GROUPS,
    ]),
  ],
  [
    'items',
    new Set([
      'sku',
      'category',
      'quantity',
      'subtotal',
      'price',
      'tax',
      'totalDiscount',
      ...tops(ITEM_FIELDS),
      ...CUSTOM_GROUPS,
    ]),
  ],
  ...['customer', 'call', 'device', 'app', 'location'].map((group): [string, ReadonlySet<string>] => [
    group,
    new Set(
      ORDER_FIELDS.flatMap(({ path }) =>
        path.startsWith(`${group}.`) ? [path.slice(group.length + 1)] : [],
      ),
    ),
  ]),
]);
