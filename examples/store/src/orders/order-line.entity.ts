import { Column, Entity, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { Order } from './order.entity.js';

@Entity('order_lines')
export class OrderLine {
  @PrimaryGeneratedColumn()
  id!: number;

  @ManyToOne(() => Order, (order) => order.lines, { nullable: false })
  order!: Relation<Order>;

  @Column('text')
  sku!: string;

  @Column('text')
  name!: string;

  @Column('text')
  category!: string;

  @Column('integer')
  quantity!: number;

  /** Before discounts. */
  @Column('integer')
  subtotal!: number;

  /** Off this line. */
  @Column('integer')
  discount!: number;

  /** The code behind `discount`. */
  @Column('text', { nullable: true })
  coupon!: string | null;
}
