import { EventEmitter } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Inject,
  Injectable,
  Post,
  Query,
  Res,
  Sse,
  UseGuards,
  type CanActivate,
} from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { concatMap, delay, from, interval, map, of, take, type Observable } from 'rxjs';
import { ImpactRequestContext, NotTheBuyer, type HeldRequest } from '../../src/clicks/index.js';
import { PLATFORMS, startCaptureApp, type CaptureApp } from './support/capture.app.js';

/** What handlers saw, told outside of their responses. */
const told = new EventEmitter();
const next = <T>(event: string) => new Promise<T>((resolve) => told.once(event, resolve));
const soon = () => new Promise<void>((resolve) => void setTimeout(resolve, 5));

@Injectable()
class GuardThatLooks implements CanActivate {
  constructor(@Inject(ImpactRequestContext) private readonly context: ImpactRequestContext) {}

  canActivate(): boolean {
    told.emit('guard', this.context.current()?.clickId ?? null);
    return true;
  }
}

let release: () => void;
let polling: NodeJS.Timeout;

@Controller()
class WatchingController {
  constructor(@Inject(ImpactRequestContext) private readonly context: ImpactRequestContext) {}

  @Get('now')
  now(): unknown {
    return this.#seen();
  }

  @Get('inside')
  inside(): unknown {
    return { inside: this.context.isInsideAny() };
  }

  @Post('body')
  @HttpCode(200)
  body(@Body() body: object): unknown {
    return { ...body, ...this.#seen() };
  }

  @Get('slow')
  async slow(@Query('wait') wait: string): Promise<unknown> {
    await new Promise((resolve) => setTimeout(resolve, Number(wait)));
    return this.#seen();
  }

  @Get('stream')
  stream(): Observable<unknown> {
    return of(1, 2).pipe(
      delay(1),
      concatMap(() => from(soon())),
      map(() => this.#seen()),
    );
  }

  @Sse('events')
  events(): Observable<unknown> {
    return interval(1).pipe(take(3), map(() => ({ data: this.#seen() }))); // prettier-ignore
  }

  @Get('throws')
  async throws(): Promise<never> {
    await soon();
    told.emit('thrown', this.context.hold());
    throw new TypeError('the shop’s own fault');
  }

  @Get('leaves-a-timer')
  leavesATimer(): string {
    const held = this.context.hold();
    polling = setInterval(() => told.emit('tick', this.context.hold()), 1);
    void next('after-response').then(() =>
      told.emit(
        'held',
        this.context.runHeld(held, () => this.context.current()?.clickId),
      ),
    );
    return 'left';
  }

  @Get('aborted')
  async aborted(
    @Res({ passthrough: true }) response: { raw?: ServerResponse } & ServerResponse,
  ): Promise<unknown> {
    const raw = response.raw ?? response;
    raw.once('close', () => told.emit('closed', null));
    const released = new Promise<void>((resolve) => (release = resolve));
    told.emit('started', null);
    await released;
    told.emit('still', this.context.hold());
    setTimeout(() => told.emit('settled', this.context.hold()), 5);
    return 'too late';
  }

  @Get('goes-on')
  async goesOn(@Res() response: { raw?: ServerResponse } & ServerResponse): Promise<void> {
    const raw = response.raw ?? response;
    const finished = new Promise((resolve) => raw.once('finish', resolve));
    raw.end('answered');
    await finished;
    told.emit('went-on', this.context.hold());
  }

  @NotTheBuyer()
  @Get('agent')
  agent(): unknown {
    return this.context.hold();
  }

  @Get('guarded')
  @UseGuards(GuardThatLooks)
  guarded(): unknown {
    return this.#seen();
  }

  @Post('guarded')
  @HttpCode(200)
  @UseGuards(GuardThatLooks)
  guardedBody(): unknown {
    return this.#seen();
  }

  #seen(): { click: string | null; ended: boolean } {
    return { click: this.context.current()?.clickId ?? null, ended: this.context.hold().ended };
  }
}

@NotTheBuyer()
@Controller('office')
class OfficeController {
  constructor(@Inject(ImpactRequestContext) private readonly context: ImpactRequestContext) {}

  @Get()
  index(): unknown {
    return { click: this.context.current() };
  }

  @NotTheBuyer(false)
  @Get('till')
  till(): unknown {
    return { click: this.context.current()?.clickId };
  }
}

const cookie = (clickId: string) => `impact_click=1.${Date.now().toString(36)}.${clickId}`;

describe.each(PLATFORMS)('the request’s click on %s', (platform) => {
  describe.each(['interceptor', 'middleware', 'none'] as const)('via %s', (via) => {
    let shop: CaptureApp;
    beforeEach(async () => {
      shop = await startCaptureApp({
        platform,
        via,
        controllers: [WatchingController, OfficeController],
        providers: [GuardThatLooks],
      });
    });
    afterEach(async () => {
      clearInterval(polling);
      await shop.close();
    });
    const get = (path: string, clickId = 'mine') => shop.http.get(path).set('Cookie', cookie(clickId));

    it('is the cookie’s, or the one it lands with', async () => {
      expect((await get('/now')).body).toEqual({ click: 'mine', ended: false });
      expect((await shop.http.get('/now')).body).toEqual({ click: null, ended: false });
      const landed = via === 'none' ? 'mine' : 'new';
      expect((await get('/now?im_ref=new')).body).toEqual({ click: landed, ended: false });
    });

    it('survives the reading of a body', async () => {
      const answer = await shop.http
        .post('/body')
        .set('Cookie', cookie('mine'))
        .send({ big: 'x'.repeat(90_000) });
      expect(answer.body).toMatchObject({ click: 'mine', ended: false });
    });

    it('is never another request’s', async () => {
      const waits = [8, 1, 5, 0, 3, 7, 2, 6];
      const answers = await Promise.all(
        waits.map((wait, index) => get(`/slow?wait=${wait}`, `visitor-${index}`)),
      );
      expect(answers.map(({ body }) => body as unknown)).toEqual(
        waits.map((_, index) => ({ click: `visitor-${index}`, ended: false })),
      );
    });

    it('costs a request without one no scope, and never lends it another’s', async () => {
      expect((await shop.http.get('/inside')).body).toEqual({ inside: false });
      expect((await get('/inside')).body).toEqual({ inside: true });
      const answers = await Promise.all(
        [9, 1, 6, 3].flatMap((wait) => [get(`/slow?wait=${wait}`), shop.http.get(`/slow?wait=${10 - wait}`)]),
      );
      expect(answers.map(({ body }) => (body as { click: unknown }).click)).toEqual(
        [1, 2, 3, 4].flatMap(() => ['mine', null]),
      );
    });

    it('follows a stream to its end', async () => {
      expect((await get('/stream')).body).toEqual({ click: 'mine', ended: false });
      const events = await get('/events');
      expect(events.text.match(/"click":"mine","ended":false/g)).toHaveLength(3);
    });

    it('is there until a handler throws, and the error is the shop’s', async () => {
      const thrown = next<HeldRequest>('thrown');
      await get('/throws').expect(500);
      expect((await thrown).click?.clickId).toBe('mine');
    });

    it('is nobody’s after the response: not a timer’s that the handler left behind', async () => {
      await get('/leaves-a-timer').expect(200, 'left');
      await soon();
      expect(await next<HeldRequest>('tick')).toEqual({ click: null, notTheBuyer: false, ended: true });
      const held = next('held');
      told.emit('after-response');
      expect(await held).toBe('mine');
    });

    it('is nobody’s for a handler that goes on after it has answered', async () => {
      const wentOn = next<HeldRequest>('went-on');
      await get('/goes-on').expect(200, 'answered');
      expect(await wentOn).toMatchObject({ click: null, ended: true });
    });

    it('stays with a handler whose visitor has gone away early', async () => {
      const { port, hostname } = new URL(shop.url);
      const socket = connect(Number(port), hostname);
      const started = next('started');
      socket.write(`GET /aborted HTTP/1.1\r\nHost: x\r\nCookie: ${cookie('mine')}\r\n\r\n`);
      await started;
      const closed = next('closed');
      socket.destroy();
      await closed;
      const [still, settled] = [next<HeldRequest>('still'), next<HeldRequest>('settled')];
      release();
      expect((await still).click?.clickId).toBe('mine');
      expect(await settled).toMatchObject({ click: null, ended: true });
    });

    it('is flagged where the caller is not the buyer', async () => {
      expect((await get('/agent')).body).toMatchObject({ click: { clickId: 'mine' }, notTheBuyer: true });
      expect((await get('/office')).body).toEqual({ click: null });
      expect((await get('/office/till')).body).toEqual({ click: 'mine' });
    });

    it('is seen by guards when a middleware opened it', async () => {
      const seen = next('guard');
      expect((await get('/guarded')).body).toEqual({ click: 'mine', ended: false });
      expect(await seen).toBe(via === 'middleware' ? 'mine' : null);
      const posted = next('guard');
      await shop.http
        .post('/guarded')
        .set('Cookie', cookie('mine'))
        .send({ big: 'x'.repeat(90_000) });
      expect(await posted).toBe(via === 'middleware' ? 'mine' : null);
    });
  });
});
