import { Column, Entity, PrimaryColumn } from 'typeorm';

export interface CartItem {
  sku: string;
  quantity: number;
}

/** What one browser has gathered so far. Its id is in the browser's cookie. */
@Entity('carts')
export class Cart {
  @PrimaryColumn('text')
  id!: string;

  /** Who signed in with this browser. */
  @Column('text', { nullable: true })
  customerId!: string | null;

  @Column('simple-json')
  items!: CartItem[];

  /** Codes that the customer entered. */
  @Column('simple-json')
  coupons!: string[];
}

export const emptyCart = (id: string): Cart =>
  Object.assign(new Cart(), { id, customerId: null, items: [], coupons: [] });
