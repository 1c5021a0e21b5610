/** What docs/vendor-contract.md §3.2 publishes about each parameter; limits without a value there follow §2. */
export interface Field {
  readonly type: 'text' | 'integer' | 'decimal' | 'date' | 'boolean' | 'currency' | 'hash';
  /** Characters of a text, digits of a number. */
  readonly max: number;
  readonly decimals?: number;
  /** A monetary field: it makes `CurrencyCode` required. */
  readonly money?: boolean;
}

const text = (max = 255): Field => ({ type: 'text', max });
const integer = (max = 16): Field => ({ type: 'integer', max });
const decimal = (max = 8, decimals = 2): Field => ({ type: 'decimal', max, decimals });
const money = (max = 8, decimals = 2): Field => ({ type: 'decimal', max, decimals, money: true });
const date: Field = { type: 'date', max: 64 };
const flag: Field = { type: 'boolean', max: 5 };

const texts = (names: string, max?: number): Record<string, Field> =>
  Object.fromEntries(names.split(' ').map((name) => [name, text(max)]));

const numbered = (name: string, count: number, field: Field): Record<string, Field> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${name}${index + 1}`, field]));

/** Order-level parameters of a conversion. */
export const CONVERSION_FIELDS: Readonly<Record<string, Field>> = {
  CampaignId: integer(10),
  EventTypeId: integer(10),
  ActionTrackerId: integer(10),
  EventTypeCode: text(64),
  EventCode: text(128),
  EventDate: date,
  OrderId: text(64),
  DispositionCode: text(64),
  ClickId: text(64),
  CustomerId: text(255),
  CustomProfileId: text(70),
  OrderPromoCode: text(255),
  MediaId: integer(),
  MediaPartnerId: integer(),
  PhoneNumber: text(),
  CustomerEmail: { type: 'hash', max: 64 },
  CustomerStatus: text(40),
  TrackingConsent: flag,
  GiftPurchase: flag,
  CurrencyCode: { type: 'currency', max: 3 },
  Amount: money(8, 2),
  OrderSubTotalPostDiscount: money(),
  OrderSubTotalPreDiscount: money(),
  OrderDiscount: money(12, 2),
  OrderDiscountRate: decimal(),
  OrderShipping: money(14, 2),
  OrderTax: money(14, 2),
  OrderMargin: money(),
  OrderRebate: money(),
  PaymentType: text(32),
  Note: text(255),
  PropertyId: integer(),
  ...texts('CustomClickId SubId1 SubId2 SubId3 SharedId UniqueUrl CallerId CountryCode GoogAId AndroidId'),
  ...texts(
    'AppleIfa AppleIfv IpAddress CustomerCity CustomerRegion CustomerCountry CustomerPostCode UserAgent',
  ),
  ...texts('OrderPromoCodeDesc ReferenceId SearchTerm SiteVersion SiteCategory HearAboutUs'),
  ...texts(
    'AppPackage AppVer AppName AppInstallRef DeviceMfr DeviceModel LocationId LocationName LocationType',
  ),
  ...texts(
    'DeviceOs DeviceOsVer DeviceLocale DeviceCarrier Latitude Longitude PageUrl ReferringUrl MobileApp',
  ),
  ...texts('IntegrationSource IntegrationVersion'),
  ...numbered('Text', 50, text(64)),
  ...numbered('Numeric', 10, decimal()),
  ...numbered('Money', 3, money()),
  ...numbered('Date', 10, date),
};

/** Item-level parameters, without the number that follows the name. */
export const ITEM_FIELDS: Readonly<Record<string, Field>> = {
  ItemSku: text(255),
  ItemCategory: text(255),
  ItemQuantity: integer(),
  ItemSubTotal: money(14, 2),
  ItemPrice: money(),
  ItemName: text(255),
  ItemSubCategory: text(255),
  ItemMpn: text(64),
  ItemBrand: text(),
  ItemPromoCode: text(),
  ItemDiscount: money(),
  ItemDiscountRate: decimal(),
  ItemTotalDiscount: money(),
  ItemDeliveryType: text(),
};

/** Item fields that carry a second number: `ItemText1_50`. */
export const ITEM_CUSTOM_FIELDS: Readonly<Record<string, Field & { readonly count: number }>> = {
  ItemText: { ...text(64), count: 50 },
  ItemNumeric: { ...decimal(), count: 10 },
  ItemMoney: { ...money(), count: 3 },
  ItemDate: { ...date, count: 10 },
};

/** Names that the vendor also takes (docs/vendor-contract.md §1 and §3.2). Everything else is matched exactly. */
export const ALIASES: Readonly<Record<string, string>> = {
  Oid: 'OrderId',
  Currency: 'CurrencyCode',
  PromoCode: 'OrderPromoCode',
  OrderSubtotal: 'OrderSubTotalPreDiscount',
  Rebate: 'OrderRebate',
  ImpactAppId: 'PropertyId',
};

export const ATTRIBUTION_KEYS = [
  'ClickId',
  'CustomerId',
  'CustomProfileId',
  'CustomClickId',
  'OrderPromoCode',
  'MediaId',
  'MediaPartnerId',
  'UniqueUrl',
  'CallerId',
  'GoogAId',
  'AndroidId',
  'AppleIfa',
  'AppleIfv',
] as const;
