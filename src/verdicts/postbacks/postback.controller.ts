import { Controller, Get, Inject, Post, Req, Res, type Type, VERSION_NEUTRAL } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { PostbackExtras } from '../../config/index.js';
import type { PostbackRequest } from './postback.body.js';
import { PostbackOffice } from './postback.office.js';

/**
 * The endpoint for impact.com's event notifications: GET with macros in the query, POST with a form or JSON.
 *
 * The class is made per path: Nest wants paths while it builds the module. Every answer is a status without
 * a body.
 */
export function createPostbackController({ path }: PostbackExtras): Type<unknown> {
  @Controller({ path, version: VERSION_NEUTRAL })
  class PostbackController {
    constructor(
      @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
      @Inject(PostbackOffice) private readonly office: PostbackOffice,
    ) {}

    // The response is taken over: an interceptor of the app that wraps answers must not wrap these.
    @Get()
    get(@Req() request: PostbackRequest, @Res() response: unknown): Promise<void> {
      return this.#answer(request, response, false);
    }

    @Post()
    post(@Req() request: PostbackRequest, @Res() response: unknown): Promise<void> {
      return this.#answer(request, response, true);
    }

    async #answer(request: PostbackRequest, response: unknown, hasBody: boolean): Promise<void> {
      const status = await this.office.answer(request, hasBody);
      const { httpAdapter } = this.host;
      httpAdapter.setHeader(response, 'Cache-Control', 'no-store');
      void httpAdapter.reply(response, '', status);
    }
  }
  return PostbackController;
}
