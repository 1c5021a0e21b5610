import {
  applyDecorators,
  SetMetadata,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { scopeOf } from './request.context.js';

/** Metadata key of {@link NotTheBuyer}. */
export const NOT_THE_BUYER = 'nestjs-impact:not-the-buyer';

const reflector = new Reflector();

/** Whether the route that is being served is decorated; a method wins over its class. */
export const isNotTheBuyers = (context: ExecutionContext): boolean =>
  reflector.getAllAndOverride<boolean | undefined>(NOT_THE_BUYER, [
    context.getHandler(),
    context.getClass(),
  ]) === true;

/**
 * Comes with the decorator, so that only decorated routes pay for an interceptor: a middleware, which may
 * have opened the request, does not know its route.
 */
const marking: NestInterceptor = {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() === 'http' && isNotTheBuyers(context)) {
      const request = context.switchToHttp().getRequest<{ readonly raw?: object }>();
      scopeOf(request.raw ?? request)?.markNotTheBuyer();
    }
    return next.handle();
  },
};

/**
 * The caller of this route is not the buyer: payment webhooks, back office, support tools.
 *
 * Whatever click the request itself carries is nobody's there: an agent who once followed a partner's
 * link must not win the orders that she enters. On a class it covers every route; a route can take itself
 * out with `@NotTheBuyer(false)`.
 *
 * @example
 * \@NotTheBuyer()
 * \@Post('webhooks/payment')
 * paid(@Body() event: PaymentEvent) { … }
 */
export const NotTheBuyer = (applies = true): ClassDecorator & MethodDecorator =>
  applyDecorators(
    SetMetadata(NOT_THE_BUYER, applies),
    // Taking a route out needs nothing: its class has brought the interceptor, which reads both.
    ...(applies ? [UseInterceptors(marking)] : []),
  );
