/**
 * An amount of money: a decimal string such as `"19.99"`, or a number that is exact in the currency's own
 * decimals. More decimals than the currency has is an error, never a rounding: `0.1 + 0.2` is refused.
 */
export type Money = string | number;

/** Whole numbers from 1 to `N`: the index of a custom field. */
type UpTo<N extends number, Counted extends unknown[] = [], Found = never> = Counted['length'] extends N
  ? Extract<Found, number>
  : UpTo<N, [...Counted, unknown], Found | [...Counted, unknown]['length']>;

/** Custom fields, by their number in the program's settings (docs/vendor-contract.md §3.2). */
export interface CustomFields {
  /** `Text1` … `Text50`: at most 64 characters each, longer ones are cut with a note. */
  text?: Partial<Record<UpTo<50>, string>>;
  /** `Numeric1` … `Numeric10`: a plain decimal; one below zero is left out with a note. */
  numeric?: Partial<Record<UpTo<10>, string | number>>;
  /** `Money1` … `Money3`, in the sale's currency; one below zero is left out with a note. */
  money?: Partial<Record<UpTo<3>, Money>>;
  /** `Date1` … `Date10`, sent in UTC. */
  dates?: Partial<Record<UpTo<10>, Date>>;
}

/** What every line of an order has, however it is priced. */
interface ItemDetails extends CustomFields {
  /** The shop's own article number, at most 255 characters. Corrections find the line by it. */
  sku: string;
  /** Category that the contract may pay by, at most 255 characters. */
  category: string;
  /** Whole number of units; 0 is sent as it is. */
  quantity: number;
  /**
   * The tax that is inside this line's price, for shops with tax-inclusive prices; the module subtracts
   * it, because impact.com pays on net amounts. Give the tax that was charged on what the customer pays
   * for the line: then net = subtotal − tax − totalDiscount holds for coupons with tax as well.
   */
  tax?: Money;
  /** Discount on the whole line (not per unit): a coupon for this article. Whole-order discounts go to `discount`. */
  totalDiscount?: Money;
  /** At most 255 characters. */
  name?: string;
  /** At most 255 characters. */
  subcategory?: string;
  /** Manufacturer's part number, at most 64 characters. */
  mpn?: string;
  brand?: string;
  /** Code used for this line. Reported only: an item's code never earns a partner the sale. */
  promoCode?: string;
  /** For example `INSTORE`. */
  deliveryType?: string;
}

/**
 * One line of the order, before the order's discount, without shipping. Priced by `subtotal` (the whole
 * line) or by `price` (one unit), never by both.
 *
 * The vendor's per-unit and percentage discounts are left out on purpose: `totalDiscount` says the same
 * without a rounding.
 */
export type ConversionItem = ItemDetails &
  ({ subtotal: Money; price?: never } | { price: Money; subtotal?: never });

/** Who bought. Nothing of it is needed, each field earns attribution or reports. */
export interface ConversionCustomer {
  /** The shop's own id, at most 255 characters. Never an e-mail address: that is refused. */
  id?: string;
  /** Plain (hashed before it is stored or sent) or already a SHA-1 or SHA-256 hex digest. */
  email?: string;
  /** As configured on the event type, for example `NEW` or `EXISTING`; at most 40 characters. */
  status?: string;
  city?: string;
  region?: string;
  /** ISO 3166-1 alpha-2, for example `DE`. */
  country?: string;
  postCode?: string;
}

/** Call tracking; `callerId` is the attribution key. */
export interface ConversionCall {
  callerId?: string;
  phoneNumber?: string;
  /** ISO 3166-1 alpha-2. */
  countryCode?: string;
}

/** Device identifiers (each an attribution key) and the device itself. */
export interface ConversionDevice {
  googAId?: string;
  androidId?: string;
  appleIfa?: string;
  appleIfv?: string;
  manufacturer?: string;
  model?: string;
}

/** The mobile app in which the sale happened. */
export interface ConversionApp {
  /** "System App ID" of the program's mobile app, digits. */
  propertyId?: string | number;
  package?: string;
  version?: string;
  name?: string;
  /** Play install referrer, usually `ClickId=<id>`. */
  installReferrer?: string;
}

/** Accommodation: where the stay is. */
export interface ConversionLocation {
  id?: string;
  name?: string;
  type?: string;
}

/** Everything of a sale except its amounts. */
interface ConversionDetails extends CustomFields {
  /** The shop's order id, at most 255 characters. Above 64 the vendor gets a shorter one made from it. */
  orderId: string;
  /** When the order was paid: not when it was recorded, not when a webhook arrived. */
  eventDate: Date;
  /** ISO 4217, for example `EUR`. Of every amount in this sale. */
  currency: string;
  /** Reported, not paid on. */
  shipping?: Money;
  /** The order's tax. Reported, not paid on, and not subtracted from anything: for tax-inclusive prices use `items[].tax`. */
  tax?: Money;
  /**
   * Codes the customer entered. A code that belongs to exactly one partner earns it the sale without any
   * click. One is sent: the first that belongs to one partner, as far as the account's own list of codes is
   * known, else the first. At most 255 characters each, without a comma.
   */
  promoCodes?: readonly string[];
  /** At most 32 characters, for example `CREDIT`. */
  paymentType?: string;
  giftPurchase?: boolean;
  /** The order's margin. Reported only; one below zero is left out with a note. */
  margin?: Money;
  /** A custom disposition code as configured with the vendor; at most 64 characters. */
  dispositionCode?: string;
  /** At most 255 characters. */
  note?: string;
  customer?: ConversionCustomer;
  /** Anonymous visitor id (cookie, IDFV), at most 70 characters. An attribution key. */
  customProfileId?: string;
  /**
   * Gives the sale to one partner whatever the clicks say: use sparingly. Digits.
   * `subIds` and `sharedId` need it, and are sent only when the sale has no click.
   */
  mediaPartnerId?: string | number;
  /** `SubId1` … `SubId3`. */
  subIds?: readonly string[];
  /** Visible to the shop and to the partner. */
  sharedId?: string;
  /** The partner's own domain or URL, agreed with the vendor. An attribution key. */
  uniqueUrl?: string;
  call?: ConversionCall;
  device?: ConversionDevice;
  app?: ConversionApp;
  location?: ConversionLocation;
  /** The customer's consent to tracking at the time of the sale (`TrackingConsent`). What the vendor does with `false` is not published. */
  consent?: boolean;
  /** The customer's public address; an unusable one is left out with a note. */
  ipAddress?: string;
  userAgent?: string;
  /** The click that earned the sale, when the caller knows better than the module. Case-sensitive. */
  clickId?: string;
  /** The shop's subscription id. Its first sale's click is kept, and earns every later sale of the subscription. */
  subscription?: string;
  /**
   * A test order. The vendor has no such flag: what makes a test is the click. So it is sent only with a click
   * of `recording.test`, takes itself back as `TEST_ACTION`, and counts in no total.
   */
  test?: boolean;
}

/** A sale reported line by line. The vendor recommends this form. */
export interface ItemizedConversion extends ConversionDetails {
  items: readonly ConversionItem[];
  amount?: never;
  /**
   * Discounts on the whole order, which the vendor spreads over the lines. Not a line's coupon
   * (`items[].totalDiscount`), not shipping discounts, not gift cards or store credit: those are payment.
   */
  discount?: Money;
  /** What you think should be credited: items less tax and discounts. Refused when the module arrives at another figure. */
  expectedTotal?: Money;
}

/** A sale reported as one amount. Event types that pay by category or article need the other form. */
export interface OrderLevelConversion extends ConversionDetails {
  /** The order's merchandise value after all discounts, without tax and shipping. */
  amount: Money;
  items?: never;
  /** `amount` is already after discounts. */
  discount?: never;
  expectedTotal?: Money;
}

/**
 * A sale, as the shop tells it. Either `items` or `amount`, never both: the vendor would credit both.
 *
 * Left out because the v14 contract does not know them, or says the same in a second form: `CustomClickId`,
 * `EventCode`, `Rebate`, `OrderPromoCodeDesc`, `ReferenceId`, `SearchTerm`, discount rates, `ItemDiscount`,
 * `OrderSubTotalPreDiscount`, `DeviceOs` and its neighbours (docs/vendor-contract.md §3.2).
 */
export type ConversionInput = ItemizedConversion | OrderLevelConversion;
