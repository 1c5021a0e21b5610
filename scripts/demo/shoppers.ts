import { Browser, type Hop } from './browser.js';

/** What a shopper did, as seen from her side of the counter. */
export interface Purchase {
  readonly title: string;
  readonly orderNumber: string;
  /** The click id in the address she landed on; `null` for who came by herself. */
  readonly clickId: string | null;
  readonly partnerId: string | null;
}

export interface Arrival {
  readonly hops: readonly Hop[];
  readonly clickId: string;
}

export const CLICK_COOKIE = 'impact_click';

/** Follows a partner's link to the shop. */
export async function arrive(browser: Browser, trackingLink: string): Promise<Arrival> {
  const { hops, url } = await browser.open(trackingLink);
  return { hops, clickId: new URL(url).searchParams.get('im_ref') ?? '' };
}

export async function fillCart(
  browser: Browser,
  shop: string,
  items: Readonly<Record<string, number>>,
  codes: readonly string[] = [],
): Promise<void> {
  for (const [sku, quantity] of Object.entries(items)) {
    await browser.submit(`${shop}/cart/items`, { sku, quantity: String(quantity) });
  }
  for (const code of codes) await browser.submit(`${shop}/cart/coupons`, { code });
}

export const signIn = (browser: Browser, shop: string, name: string): Promise<unknown> =>
  browser.submit(`${shop}/sign-in`, { name });

/** Orders what is in the cart and pays. The shop does not know yet that it is paid when this is done. */
export async function buy(browser: Browser, shop: string, name: string): Promise<string> {
  const email = `${name.toLowerCase().match(/\w+/g)?.join('.') ?? 'shopper'}@example.com`;
  const payment = await browser.submit(`${shop}/checkout`, {
    name,
    email,
    address: '12 Harbour Road, Portland',
  });
  await browser.submit(payment.url);
  return payment.url.slice(payment.url.lastIndexOf('/') + 1);
}
