import { Column, Entity, OneToMany, PrimaryColumn, type Relation } from 'typeorm';
import type { Currency } from '../catalog/money.js';
import { OrderLine } from './order-line.entity.js';

/** All amounts in minor units of the order's currency. */
@Entity('orders')
export class Order {
  /** Not to be guessed: whoever knows it sees the order. */
  @PrimaryColumn('text')
  number!: string;

  @Column('datetime')
  placedAt!: Date;

  /** When the buyer paid, as the payment provider says; `null` until it does. */
  @Column('datetime', { nullable: true })
  paidAt!: Date | null;

  /** `null` for guests. */
  @Column('text', { nullable: true })
  customerId!: string | null;

  /** `NEW` or `EXISTING`, as the partners' contracts call them. */
  @Column('text')
  customerStatus!: 'NEW' | 'EXISTING';

  @Column('text')
  name!: string;

  @Column('text')
  email!: string;

  @Column('text')
  address!: string;

  @Column('text')
  currency!: Currency;

  /** Off the whole order; what came off a line is in the line. */
  @Column('integer')
  discount!: number;

  /** The code behind `discount`. */
  @Column('text', { nullable: true })
  coupon!: string | null;

  @Column('integer')
  merchandise!: number;

  @Column('integer')
  shipping!: number;

  @Column('integer')
  tax!: number;

  @Column('integer')
  total!: number;

  @OneToMany(() => OrderLine, (line) => line.order, { cascade: true, eager: true })
  lines!: Relation<OrderLine>[];
}
