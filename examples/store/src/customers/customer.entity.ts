import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('customers')
export class Customer {
  /** A number of our own. Never the e-mail address: partners' reports show it. */
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  name!: string;

  /** The name in lower case, by which this demo recognises people. */
  @Column('text', { unique: true })
  handle!: string;
}
