import type { Currency } from './money.js';

export interface Product {
  readonly sku: string;
  /** Last part of its address. */
  readonly slug: string;
  readonly name: string;
  readonly category: 'Beans' | 'Equipment' | 'Supplies' | 'Ceramics';
  readonly blurb: string;
  readonly details: string;
  readonly currency: Currency;
  /** Minor units, without tax. */
  readonly price: number;
}

/** In the shop window, first to last. */
export const PRODUCTS: readonly Product[] = [
  {
    sku: 'BEANS-KONGA-250',
    slug: 'konga-beans',
    name: 'Yirgacheffe Konga, 250 g',
    category: 'Beans',
    blurb: 'Washed heirloom from Ethiopia. Bergamot, apricot, black tea.',
    details:
      'Grown at 2,000 metres around Konga, roasted light every Tuesday and posted the same afternoon. Best between one and five weeks after roasting.',
    currency: 'USD',
    price: 1850,
  },
  {
    sku: 'GRINDER-H1',
    slug: 'hand-grinder',
    name: 'H1 hand grinder',
    category: 'Equipment',
    blurb: 'Steel burrs, ninety clicks, thirty seconds to a cup.',
    details:
      'A 38 mm conical burr set in an aluminium body that fits a travel bag. Comes assembled, with a brush and a dose cup.',
    currency: 'USD',
    price: 7400,
  },
  {
    sku: 'KETTLE-06',
    slug: 'pour-over-kettle',
    name: 'Gooseneck kettle, 0.6 l',
    category: 'Equipment',
    blurb: 'A slow, even pour, on gas or induction.',
    details:
      'Brushed steel with a counterweighted handle. Pours from a trickle to a steady stream without a glug.',
    currency: 'USD',
    price: 4990,
  },
  {
    sku: 'FILTER-100',
    slug: 'paper-filters',
    name: 'Paper filters, 100 sheets',
    category: 'Supplies',
    blurb: 'Unbleached, for one to two cups.',
    details:
      'Long-fibre paper that drains fast and tastes of nothing. One hundred sheets in a box that closes.',
    currency: 'USD',
    price: 625,
  },
  {
    sku: 'CUP-160',
    slug: 'stoneware-cup',
    name: 'Stoneware cup, 160 ml',
    category: 'Ceramics',
    blurb: 'Keeps warm for as long as a conversation.',
    details:
      'Thick-walled stoneware with a matte glaze outside and a smooth one inside. Goes into the dishwasher.',
    currency: 'USD',
    price: 1600,
  },
  {
    sku: 'DRIPPER-MINO',
    slug: 'mino-dripper',
    name: 'Mino porcelain dripper',
    category: 'Ceramics',
    blurb: 'Thrown and glazed by hand in Gifu. Sold in yen.',
    details:
      'Made for us by a family kiln in Tajimi and posted from there, so it is priced in yen and travels as an order of its own.',
    currency: 'JPY',
    price: 6800,
  },
];

export const productBySlug = (slug: string): Product | undefined =>
  PRODUCTS.find((product) => product.slug === slug);

export const productBySku = (sku: string): Product | undefined =>
  PRODUCTS.find((product) => product.sku === sku);
