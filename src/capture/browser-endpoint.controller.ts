import { Controller, Get, Inject, Options, Post, Req, Res, type Type } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { isClickId } from '../clicks/index.js';
import { IMPACT_OPTIONS, type BrowserEndpointOptions, type ResolvedImpactOptions } from '../config/index.js';
import { browserScript } from './browser.script.js';
import { CaptureCounters } from './capture.counters.js';
import { TOKEN_HEADER } from './click.cookie.js';
import { encodeToken } from './click.token.js';
import { postedClick, type BodyRequest, type PostedClick } from './endpoint.body.js';
import { judgeOrigin } from './endpoint.origin.js';
import { LandingCapture } from './landing.capture.js';
import type { Landing } from './landing.rules.js';
import { RequestGate, type AnyRequest, type AnyResponse } from './request.gate.js';

type EndpointRequest = AnyRequest & BodyRequest;

const SCRIPT_MAX_AGE_S = 3_600;
const PREFLIGHT_MAX_AGE_S = 600;

/**
 * The endpoint for landing pages that Nest does not serve.
 *
 * - `POST <path>` takes a URL as text, or `{ url }`, or `{ clickId, parameter? }`, as JSON, form or plain
 *   text, so that `sendBeacon` and simple requests need no preflight; it answers `{ token }`, and sets the
 *   cookie for pages of the same site. Junk is answered with `{ token: null }`.
 * - `GET <path>/script.js` is the script that does this for a page.
 *
 * Calling it is the page's statement that the visitor has consented; `capture.consent` is asked as well
 * and its `denied` wins. The class is made per path: Nest wants paths while it builds the module.
 */
export function createBrowserEndpointController({
  path,
  origins,
}: Required<BrowserEndpointOptions>): Type<unknown> {
  @Controller(path)
  class BrowserEndpointController {
    readonly #scriptFor: (endpoint: string) => string;

    constructor(
      @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
      @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
      @Inject(RequestGate) private readonly gate: RequestGate,
      @Inject(LandingCapture) private readonly landing: LandingCapture,
      @Inject(CaptureCounters) private readonly counters: CaptureCounters,
    ) {
      this.#scriptFor = browserScript(options.capture.parameters);
    }

    // The response is taken over in each handler: an interceptor of the app that wraps answers must not
    // wrap these.
    @Post()
    async take(@Req() request: EndpointRequest, @Res() response: AnyResponse): Promise<void> {
      const { allowed } = this.#allowOrigin(request, response);
      this.counters.seen();
      const token = allowed ? await this.#token(request, response) : this.#refuse();
      this.#header(response, 'Cache-Control', 'no-store');
      this.#reply(response, { token }, 200);
    }

    @Options()
    preflight(@Req() request: EndpointRequest, @Res() response: AnyResponse): void {
      if (this.#allowOrigin(request, response).cors !== null) {
        this.#header(response, 'Access-Control-Allow-Methods', 'POST');
        this.#header(response, 'Access-Control-Allow-Headers', `Content-Type, ${TOKEN_HEADER}`);
        this.#header(response, 'Access-Control-Max-Age', String(PREFLIGHT_MAX_AGE_S));
      }
      this.#reply(response, undefined, 204);
    }

    @Get('script.js')
    script(@Req() request: EndpointRequest, @Res() response: AnyResponse): void {
      const url = request.originalUrl ?? request.url ?? '';
      const endpoint = url.split('?', 1)[0]!.replace(/\/script\.js\/?$/, '');
      this.#header(response, 'Content-Type', 'text/javascript; charset=utf-8');
      this.#header(response, 'Cache-Control', `public, max-age=${SCRIPT_MAX_AGE_S}`);
      // Pages on another site load it as well; helmet would forbid that.
      this.#header(response, 'Cross-Origin-Resource-Policy', 'cross-origin');
      this.#reply(response, this.#scriptFor(endpoint), 200);
    }

    async #token(request: EndpointRequest, response: AnyResponse): Promise<string | null> {
      const posted = await postedClick(request);
      const landing = posted === null ? null : this.#landing(posted);
      if (landing === null) {
        if (posted === null) this.counters.ignored('unreadable-body');
        return null;
      }
      const open = this.gate.open(request, response);
      const consent = await this.landing.askConsent(open.request);
      if (consent === 'denied' || consent === 'failed') {
        this.counters.ignored(`consent-${consent}`);
        return null;
      }
      return encodeToken(this.landing.keep(open, landing));
    }

    #landing(posted: PostedClick): Landing | null {
      if (typeof posted === 'string') return this.landing.read(posted);
      const { url, clickId, parameter } = posted;
      if (typeof url === 'string') return this.landing.read(url);
      if (!isClickId(clickId)) {
        this.counters.ignored(clickId === undefined ? 'unreadable-body' : 'malformed');
        return null;
      }
      const { parameters } = this.options.capture;
      return {
        clickId,
        parameter: parameters.find((known) => known === parameter) ?? parameters[0] ?? 'im_ref',
        partnerParameters: {},
        landingPath: '/',
        carriedAt: null,
      };
    }

    #refuse(): null {
      this.counters.ignored('foreign-origin');
      return null;
    }

    #allowOrigin(request: EndpointRequest, response: AnyResponse): ReturnType<typeof judgeOrigin> {
      const verdict = judgeOrigin(request.raw ?? request, origins);
      if (origins.length > 0) this.host.httpAdapter.appendHeader(response, 'Vary', 'Origin');
      if (verdict.cors !== null) {
        this.#header(response, 'Access-Control-Allow-Origin', verdict.cors);
        this.#header(response, 'Access-Control-Allow-Credentials', 'true');
      }
      return verdict;
    }

    #header(response: AnyResponse, name: string, value: string): void {
      this.host.httpAdapter.setHeader(response, name, value);
    }

    #reply(response: AnyResponse, body: unknown, status: number): void {
      void this.host.httpAdapter.reply(response, body, status);
    }
  }
  return BrowserEndpointController;
}
