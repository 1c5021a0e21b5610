import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ClickIdRepository } from 'nestjs-impact';
import { Cart } from '../cart/cart.entity.js';
import { ShopDatabase } from '../database/shop.database.js';
import { Customer } from './customer.entity.js';

@Injectable()
export class CustomersService {
  constructor(
    private readonly database: ShopDatabase,
    private readonly clicks: ClickIdRepository,
  ) {}

  /** Signs in with a name alone: this is a demo. */
  async signIn(cart: Cart, name: string): Promise<Customer> {
    return this.database.write(async (manager) => {
      const handle = name.toLowerCase();
      const customer =
        (await manager.findOneBy(Customer, { handle })) ??
        (await manager.save(
          Customer,
          manager.create(Customer, { id: `C-${randomBytes(5).toString('hex')}`, name, handle }),
        ));
      cart.customerId = customer.id;
      await manager.save(Cart, cart);
      // From now on the customer's click is known on every device that she signs in with.
      await this.clicks.bind({ customer: customer.id }, { manager });
      return customer;
    });
  }

  async signOut(cart: Cart): Promise<void> {
    cart.customerId = null;
    await this.database.write((manager) => manager.save(Cart, cart));
  }
}
