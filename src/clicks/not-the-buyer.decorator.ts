import { SetMetadata, type CustomDecorator } from '@nestjs/common';

/** Metadata key of {@link NotTheBuyer}. */
export const NOT_THE_BUYER = 'nestjs-impact:not-the-buyer';

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
export const NotTheBuyer = (applies = true): CustomDecorator => SetMetadata(NOT_THE_BUYER, applies);
