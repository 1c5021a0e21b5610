import {
  Controller,
  Get,
  Inject,
  Param,
  Post,
  Req,
  Res,
  type Type,
  UseGuards,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { NotTheBuyer } from '../../clicks/index.js';
import type { DashboardOptions } from '../../config/index.js';
import { bodyOf } from '../../verdicts/index.js';
import { OverviewQueryError } from '../overview/index.js';
import { DashboardFrame } from './dashboard.frame.js';
import { asNestGuard } from './dashboard.guards.js';
import { DashboardPages, type PageAnswer, type PageVisit } from './dashboard.pages.js';
import type { DashboardRequest } from './dashboard.request.js';
import { OrderPages } from './order.pages.js';

const ASSET_MAX_AGE_S = 86_400;

/**
 * The dashboard behind the app's own guards, which see every request of it, also those for its stylesheet.
 *
 * The class is made per path: Nest wants paths and guards while it builds the module.
 */
export function createDashboardController({
  path,
  guards,
}: Pick<Required<DashboardOptions>, 'path' | 'guards'>): Type<unknown> {
  @NotTheBuyer()
  @UseGuards(...guards.map(asNestGuard))
  @Controller({ path, version: VERSION_NEUTRAL })
  class DashboardController {
    constructor(
      @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
      @Inject(DashboardPages) private readonly pages: DashboardPages,
      @Inject(OrderPages) private readonly orders: OrderPages,
      @Inject(DashboardFrame) private readonly frame: DashboardFrame,
    ) {}

    // The response is taken over in each handler: an interceptor of the app that wraps answers must not
    // wrap these.
    @Get()
    home(@Req() request: DashboardRequest, @Res() response: unknown): Promise<void> {
      return this.#send({ request, path }, response, (visit) => this.pages.home(visit));
    }

    @Get('sales')
    sales(@Req() request: DashboardRequest, @Res() response: unknown): Promise<void> {
      return this.#send({ request, path }, response, (visit) => this.pages.sales(visit));
    }

    @Get('owed')
    owed(@Req() request: DashboardRequest, @Res() response: unknown): Promise<void> {
      return this.#send({ request, path }, response, (visit) => this.pages.owed(visit));
    }

    @Get('differences')
    differences(@Req() request: DashboardRequest, @Res() response: unknown): Promise<void> {
      return this.#send({ request, path }, response, (visit) => this.pages.differences(visit));
    }

    @Get('order')
    order(@Req() request: DashboardRequest, @Res() response: unknown): Promise<void> {
      return this.#send({ request, path }, response, (visit) => this.orders.story(visit));
    }

    @Post('retry')
    async retry(@Req() request: DashboardRequest, @Res() response: unknown): Promise<void> {
      const body = await bodyOf(request);
      const fields = 'fields' in body ? body.fields : new Map<string, unknown>();
      return this.#send({ request, path }, response, (visit) => this.orders.retry(visit, fields));
    }

    @Get('assets/:name')
    asset(@Param('name') name: string, @Res() response: unknown): void {
      const { httpAdapter } = this.host;
      const asset = this.frame.assets.find(name);
      httpAdapter.setHeader(response, 'X-Content-Type-Options', 'nosniff');
      if (asset === null) {
        void httpAdapter.reply(response, '', 404);
        return;
      }
      httpAdapter.setHeader(response, 'Content-Type', asset.type);
      httpAdapter.setHeader(response, 'Cache-Control', `private, max-age=${ASSET_MAX_AGE_S}`);
      void httpAdapter.reply(response, asset.text, 200);
    }

    async #send(
      visit: PageVisit,
      response: unknown,
      answer: (visit: PageVisit) => Promise<PageAnswer>,
    ): Promise<void> {
      const { httpAdapter } = this.host;
      const page = await answer(visit).catch((error: unknown) => {
        if (error instanceof OverviewQueryError) return this.pages.refusal(visit, error);
        throw error;
      });
      if ('goTo' in page) {
        httpAdapter.setHeader(response, 'Cache-Control', 'no-store');
        // A redirect after a form is fetched with GET.
        void httpAdapter.redirect(response, 303, page.goTo);
        return;
      }
      for (const [name, value] of Object.entries(page.headers)) {
        if (name === 'Set-Cookie') httpAdapter.appendHeader(response, name, value);
        else httpAdapter.setHeader(response, name, value);
      }
      void httpAdapter.reply(response, page.html, page.status);
    }
  }
  return DashboardController;
}
