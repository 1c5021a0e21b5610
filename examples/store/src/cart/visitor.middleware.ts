import { randomBytes } from 'node:crypto';
import { createParamDecorator, type ExecutionContext, Injectable, type NestMiddleware } from '@nestjs/common';
import { parseCookie } from 'cookie';
import type { NextFunction, Request, Response } from 'express';
import { Customer } from '../customers/customer.entity.js';
import { ShopDatabase } from '../database/shop.database.js';
import { Cart, emptyCart } from './cart.entity.js';

/** Whoever is looking at the shop. */
export interface Visitor {
  readonly cart: Cart;
  readonly customer: Customer | null;
}

const COOKIE = 'fieldstone_cart';

type ShopRequest = Request & { visitor?: Visitor };

/** Finds the visitor's cart by cookie, and tells every view who is there. */
@Injectable()
export class VisitorMiddleware implements NestMiddleware {
  constructor(private readonly database: ShopDatabase) {}

  async use(request: ShopRequest, response: Response, next: NextFunction): Promise<void> {
    const visitor = await this.#visitor(request, response);
    request.visitor = visitor;
    response.locals['visitor'] = visitor;
    response.locals['cartCount'] = visitor.cart.items.reduce((count, { quantity }) => count + quantity, 0);
    next();
  }

  async #visitor(request: Request, response: Response): Promise<Visitor> {
    const known = parseCookie(request.headers.cookie ?? '')[COOKIE];
    const id = known ?? randomBytes(18).toString('base64url');
    if (known === undefined) {
      response.cookie(COOKIE, id, { httpOnly: true, sameSite: 'lax', secure: request.secure });
    }
    const cart = (await this.database.reader.findOneBy(Cart, { id })) ?? emptyCart(id);
    const customer =
      cart.customerId === null
        ? null
        : await this.database.reader.findOneBy(Customer, { id: cart.customerId });
    return { cart, customer };
  }
}

/** The visitor of the request. */
export const CurrentVisitor = createParamDecorator((_: unknown, context: ExecutionContext): Visitor => {
  const { visitor } = context.switchToHttp().getRequest<ShopRequest>();
  if (visitor === undefined) throw new TypeError('No visitor here: let VisitorMiddleware run on this route.');
  return visitor;
});
