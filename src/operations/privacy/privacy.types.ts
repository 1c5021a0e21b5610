/** Whom to erase, or to tell about: one of them or both. */
export interface PersonNamed {
  /** The id that the shop gave as `customer.id` and to `bind()`. */
  readonly customer?: string;
  /** The address, or the digest of it that was recorded. */
  readonly email?: string;
}

export interface ErasureOptions {
  /** Who asked for it. Kept in the story of each sale. */
  readonly by?: string;
  /** For what reason. Kept in the story of each sale. */
  readonly why?: string;
}

/** Rows that an erasure changed or deleted, by table. */
export interface Erasure {
  readonly conversions: number;
  readonly corrections: number;
  /** Calls that are not made, because nothing was left to give their sale to anybody. */
  readonly deliveries: number;
  readonly story: number;
  readonly clicks: number;
  readonly clickLinks: number;
  /** Sales whose call was under way: that one call was made as it was, and no later one is. */
  readonly inFlight: number;
}

export const NOTHING_ERASED: Erasure = {
  conversions: 0,
  corrections: 0,
  deliveries: 0,
  story: 0,
  clicks: 0,
  clickLinks: 0,
  inFlight: 0,
};

export const addedUp = (a: Erasure, b: Erasure): Erasure => ({
  conversions: a.conversions + b.conversions,
  corrections: a.corrections + b.corrections,
  deliveries: a.deliveries + b.deliveries,
  story: a.story + b.story,
  clicks: a.clicks + b.clicks,
  clickLinks: a.clickLinks + b.clickLinks,
  inFlight: a.inFlight + b.inFlight,
});

/** Everything that is stored about a person: the answer to an access request. */
export interface PersonalData {
  readonly sales: readonly PersonalSale[];
  readonly clicks: readonly PersonalClick[];
}

export interface PersonalSale {
  readonly orderId: string;
  readonly recordedAt: Date;
  readonly state: string;
  readonly clickId: string | null;
  readonly subscription: string | null;
  /** What was sent to impact.com, or will be. */
  readonly request: readonly (readonly [name: string, value: string])[];
}

export interface PersonalClick {
  readonly clickId: string;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  readonly landingPath: string | null;
  readonly partnerParameters: Readonly<Record<string, string>>;
  readonly consent: string;
}
