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
  /** Says who the customer is or where they are: taken out when the retention of customer data ends. */
  readonly customerData?: true;
}

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
  more: { most?: number; limit?: AmountLimit; customerData?: true } = {},
): FieldRule => ({
  most: DEFAULT_LENGTH,
  ...more,
  path,
  keys: path.split('.'),
  label: path.replace(/\.(\d)$/, '[$1]'),
  parameter,
  kind,
});

/** Lengths: docs/vendor-contract.md §3.2. The order here is the order in what is sent. */
export const ORDER_FIELDS: readonly FieldRule[] = [
  field('shipping', 'OrderShipping', 'money', { limit: REPORTED_LIMIT }),
  field('tax', 'OrderTax', 'money', { limit: REPORTED_LIMIT }),
  field('margin', 'OrderMargin', 'balance'),
  field('promoCodes', 'OrderPromoCode', 'promo-codes'),
  field('customer.id', 'CustomerId', 'pseudonym', { customerData: true }),
  field('customer.email', 'CustomerEmail', 'email', { customerData: true }),
  field('customer.status', 'CustomerStatus', 'status', { most: 40 }),
  field('customer.city', 'CustomerCity', 'text', { customerData: true }),
  field('customer.region', 'CustomerRegion', 'text', { customerData: true }),
  field('customer.country', 'CustomerCountry', 'country'),
  field('customer.postCode', 'CustomerPostCode', 'text', { customerData: true }),
  field('customProfileId', 'CustomProfileId', 'pseudonym', { most: 70, customerData: true }),
  field('mediaPartnerId', 'MediaPartnerId', 'digits', { most: 16 }),
  field('subIds.0', 'SubId1', 'pseudonym'),
  field('subIds.1', 'SubId2', 'pseudonym'),
  field('subIds.2', 'SubId3', 'pseudonym'),
  field('sharedId', 'SharedId', 'pseudonym'),
  field('uniqueUrl', 'UniqueUrl', 'identifier'),
  field('call.callerId', 'CallerId', 'identifier', { customerData: true }),
  field('call.phoneNumber', 'PhoneNumber', 'identifier', { customerData: true }),
  field('call.countryCode', 'CountryCode', 'country'),
  field('device.googAId', 'GoogAId', 'identifier', { customerData: true }),
  field('device.androidId', 'AndroidId', 'identifier', { customerData: true }),
  field('device.appleIfa', 'AppleIfa', 'identifier', { customerData: true }),
  field('device.appleIfv', 'AppleIfv', 'identifier', { customerData: true }),
  field('device.manufacturer', 'DeviceMfr', 'text'),
  field('device.model', 'DeviceModel', 'text'),
  field('app.propertyId', 'PropertyId', 'digits', { most: 16 }),
  field('app.package', 'AppPackage', 'text'),
  field('app.version', 'AppVer', 'text'),
  field('app.name', 'AppName', 'text'),
  field('app.installReferrer', 'AppInstallRef', 'text'),
  field('location.id', 'LocationId', 'identifier'),
  field('location.name', 'LocationName', 'text'),
  field('location.type', 'LocationType', 'text'),
  field('consent', 'TrackingConsent', 'boolean'),
  field('ipAddress', 'IpAddress', 'address', { customerData: true }),
  field('userAgent', 'UserAgent', 'text', { customerData: true }),
  field('paymentType', 'PaymentType', 'text', { most: 32 }),
  field('giftPurchase', 'GiftPurchase', 'boolean'),
  field('dispositionCode', 'DispositionCode', 'identifier', { most: 64 }),
  field('note', 'Note', 'text'),
];

export const ITEM_FIELDS: readonly FieldRule[] = [
  field('name', 'ItemName', 'text'),
  field('subcategory', 'ItemSubCategory', 'text'),
  field('mpn', 'ItemMpn', 'text', { most: 64 }),
  field('brand', 'ItemBrand', 'text'),
  field('promoCode', 'ItemPromoCode', 'text'),
  field('deliveryType', 'ItemDeliveryType', 'text'),
];

/** Vendor's limits of custom fields (docs/vendor-contract.md §3.2, §12 #13 and #14). */
export const CUSTOM_FIELDS = {
  text: { parameter: 'Text', last: 50 },
  numeric: { parameter: 'Numeric', last: 10 },
  money: { parameter: 'Money', last: 3 },
  dates: { parameter: 'Date', last: 10 },
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
