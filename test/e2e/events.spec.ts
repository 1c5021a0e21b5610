import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Inject, Injectable, Post, Scope } from '@nestjs/common';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  ClickIdRepository,
  ConversionService,
  EventEmitterMissingError,
  EventMapperError,
  InvalidConversionError,
  NotTheBuyer,
  ReportConversion,
  type ReportedConversion,
  type ReportedModification,
  type ReportedReversal,
  ReportModification,
  ReportReversal,
} from 'nestjs-impact';
import { DataSource, type EntityManager } from 'typeorm';
import { Visitor } from '../support/http.client.js';
import { dump, rowsOf } from '../support/impact.tables.js';
import { useLifetime } from '../support/lifetime.js';
import { type Shop, type ShopOptions, simpleSale, startShop, storeOrder } from '../support/shop.app.js';

/** The app's own event: it knows nothing of sales. */
class OrderPaid {
  constructor(
    readonly orderId: string,
    readonly email = 'secret.customer@example.com',
    readonly manager?: EntityManager,
  ) {}
}

/** Lets a test decide when a slow mapper goes on. */
@Injectable()
class Gate {
  open!: () => void;
  readonly opened = new Promise<void>((resolve) => (this.open = resolve));
  entered!: () => void;
  readonly reached = new Promise<void>((resolve) => (this.entered = resolve));
}

@Injectable()
class OrderEvents {
  constructor(@Inject(Gate) private readonly gate: Gate) {}

  @ReportConversion('order.paid')
  @ReportConversion('subscription.renewed')
  paid({ orderId, manager }: OrderPaid): ReportedConversion {
    const sale = simpleSale(orderId);
    return manager === undefined ? sale : { sale, manager };
  }

  @ReportConversion('order.imported')
  imported(_event: OrderPaid): ReportedConversion {
    return null;
  }

  @ReportConversion('order.slow')
  async slow({ orderId }: OrderPaid): Promise<ReportedConversion> {
    await this.gate.opened;
    return simpleSale(orderId);
  }

  @ReportConversion('order.broken')
  broken({ email }: OrderPaid): ReportedConversion {
    throw new RangeError(`no such customer: ${email}`);
  }

  @ReportConversion('order.broken-late')
  async brokenLate({ email }: OrderPaid): Promise<ReportedConversion> {
    await nextTurn();
    throw new RangeError(`no such customer: ${email}`);
  }

  @ReportConversion('order.nonsense')
  nonsense(): ReportedConversion {
    return 'paid' as never;
  }

  @ReportConversion('order.invalid')
  invalid({ orderId }: OrderPaid): ReportedConversion {
    return simpleSale(orderId, { items: [] });
  }

  @ReportModification('order.amended')
  amended({ orderId, manager }: OrderPaid): ReportedModification {
    return { orderId, change: { key: `change-of-${orderId}`, amount: '15.00' }, ...(manager && { manager }) };
  }

  @ReportModification('order.amended-wrongly')
  amendedWrongly({ orderId, manager }: OrderPaid): ReportedModification {
    return { orderId, change: { key: 'k', amount: 'a lot' }, ...(manager && { manager }) };
  }

  @ReportReversal('order.refunded')
  refunded({ orderId, manager }: OrderPaid): ReportedReversal {
    return {
      orderId,
      reversal: { key: `refund-of-${orderId}`, reason: 'ITEM_RETURNED' },
      ...(manager && { manager }),
    };
  }

  @ReportReversal('order.part-refunded')
  partRefunded({ orderId, refundId, manager }: PartRefunded): ReportedReversal {
    if (refundId === null) return null;
    return { orderId, refund: { key: refundId, amount: '1.00' }, ...(manager && { manager }) };
  }

  @ReportModification('order.credit-note')
  creditNote({ orderId, refundId }: PartRefunded): ReportedModification {
    return { orderId, refund: { key: refundId ?? 'none', amount: '1.00' } };
  }
}

interface PartRefunded {
  readonly orderId: string;
  readonly refundId: string | null;
  readonly manager?: EntityManager;
}

/** Made per request. */
@Injectable({ scope: Scope.REQUEST })
class RequestEvents {
  constructor(@Inject(Gate) private readonly gate: Gate) {}

  @ReportConversion('order.per-request')
  paid({ orderId }: OrderPaid): ReportedConversion {
    return simpleSale(orderId, { customer: { id: typeof this.gate.open } });
  }
}

/** What an app can do without our decorators. */
@Injectable()
class PlainListener {
  constructor(@Inject(ConversionService) private readonly conversions: ConversionService) {}

  @OnEvent('plain.paid', { suppressErrors: false })
  async paid({ orderId, manager }: OrderPaid): Promise<void> {
    await this.conversions.record(simpleSale(orderId), manager === undefined ? {} : { manager });
  }
}

@Controller('events')
class EventController {
  constructor(
    @Inject(EventEmitter2) private readonly events: EventEmitter2,
    @Inject(ClickIdRepository) private readonly clicks: ClickIdRepository,
    @Inject(ConversionService) private readonly conversions: ConversionService,
    @Inject(Gate) private readonly gate: Gate,
  ) {}

  /** Answers at once; the mapper goes on after the response. */
  @Post('slow')
  slow(): string {
    this.events.emit('order.slow', new OrderPaid('slow-order'));
    return 'accepted';
  }

  @Post('paid')
  async paid(): Promise<string> {
    await this.events.emitAsync('order.paid', new OrderPaid('request-order'));
    return 'recorded';
  }

  /** Still at work when the app is told to stop. */
  @Post('last')
  async last(): Promise<string> {
    this.gate.entered();
    await this.gate.opened;
    await this.events.emitAsync('order.paid', new OrderPaid('last-order'));
    return (await this.conversions.find('last-order'))?.state ?? 'lost';
  }

  @NotTheBuyer()
  @Post('webhook')
  async webhook(): Promise<string> {
    await this.events.emitAsync('order.paid', new OrderPaid('webhook-order'));
    return JSON.stringify(await this.clicks.bind({ order: 'webhook-order' }));
  }
}

const lifetime = useLifetime();

const start = async (
  onInvalid: 'throw' | 'park',
  more: ShopOptions = {},
): Promise<Shop & { events: EventEmitter2 }> => {
  const shop = await startShop({
    impact: { recording: { onInvalid } },
    imports: [EventEmitterModule.forRoot()],
    controllers: [EventController],
    providers: [Gate, OrderEvents, PlainListener],
    ...more,
  });
  lifetime.keep(shop, () => shop.close());
  return Object.assign(shop, { events: shop.app.get(EventEmitter2) });
};

const rejections: unknown[] = [];
const noteRejection = (reason: unknown): void => void rejections.push(reason);

beforeEach(() => {
  rejections.length = 0;
  process.on('unhandledRejection', noteRejection);
});

/** Node tells of an unhandled rejection after the microtasks; a few turns are enough to hear of it. */
afterEach(async () => {
  for (let turn = 0; turn < 5; turn += 1) await nextTurn();
  process.off('unhandledRejection', noteRejection);
  expect(rejections).toEqual([]);
});

const settled = async (condition: () => Promise<boolean>): Promise<void> => {
  for (let turn = 0; turn < 200 && !(await condition()); turn += 1) await nextTurn();
};

describe('a decorated mapper', () => {
  it('records the sale that it made of an event', async () => {
    const shop = await start('throw');
    await shop.events.emitAsync('order.paid', new OrderPaid('o-1'));
    expect(await shop.found('o-1')).toMatchObject({ state: 'DRY_RUN', amount: '20.00' });

    shop.events.emit('order.paid', new OrderPaid('o-2'));
    await settled(async () => (await shop.conversions.find('o-2')) !== null);
    expect(await shop.found('o-2')).toMatchObject({ state: 'DRY_RUN' });
  });

  it('may listen to several events', async () => {
    const shop = await start('throw');
    await shop.events.emitAsync('order.paid', new OrderPaid('o-1'));
    await shop.events.emitAsync('subscription.renewed', new OrderPaid('o-2'));
    expect((await rowsOf(shop.dataSource, 'impact_conversions')).map((row) => row['order_id'])).toEqual([
      'o-1',
      'o-2',
    ]);
  });

  it.each([
    ['a factory', { provide: OrderEvents, useFactory: () => new OrderEvents(new Gate()) }],
    ['a value', { provide: 'order-events', useValue: new OrderEvents(new Gate()) }],
  ])('may be a provider that is made by %s', async (_, provider) => {
    const shop = await start('throw', { providers: [Gate, provider] });
    await shop.events.emitAsync('order.paid', new OrderPaid('o-1'));
    expect(await shop.found('o-1')).toMatchObject({ state: 'DRY_RUN' });
  });

  it('may be a provider that is made per request', async () => {
    const shop = await start('throw', { providers: [Gate, RequestEvents] });
    await shop.events.emitAsync('order.per-request', new OrderPaid('o-1'));
    expect(await shop.found('o-1')).toMatchObject({ state: 'DRY_RUN' });
  });

  it('hears of an event once, and the same event twice is one sale', async () => {
    const shop = await start('throw');
    expect(shop.events.listenerCount('order.paid')).toBe(1);
    await shop.events.emitAsync('order.paid', new OrderPaid('o-1'));
    const before = await dump(shop.dataSource);
    await shop.events.emitAsync('order.paid', new OrderPaid('o-1'));
    expect(await dump(shop.dataSource)).toEqual(before);
  });

  it('says with null that an event is none of ours', async () => {
    const shop = await start('throw');
    const before = await dump(shop.dataSource);
    await shop.events.emitAsync('order.imported', new OrderPaid('o-1'));
    expect(await dump(shop.dataSource)).toEqual(before);
  });

  it('reports changes and reversals', async () => {
    const shop = await start('throw');
    await shop.events.emitAsync('order.paid', new OrderPaid('o-1'));
    await shop.events.emitAsync('order.amended', new OrderPaid('o-1'));
    await shop.events.emitAsync('order.refunded', new OrderPaid('o-1'));
    expect((await shop.story('o-1')).corrections.map(({ key, state }) => [key, state])).toEqual([
      // Nothing is left of a sale that was not sent.
      ['change-of-o-1', 'nothing-to-correct'],
      ['refund-of-o-1', 'nothing-to-correct'],
    ]);
    expect(await shop.found('o-1')).toMatchObject({ state: 'CANCELLED' });
  });

  it('reports a part that was given back, in the emitter’s transaction, and with null nothing', async () => {
    const shop = await start('throw');
    await shop.events.emitAsync('order.paid', new OrderPaid('o-1'));
    const roll = shop.dataSource.transaction(async (manager) => {
      await shop.events.emitAsync('order.part-refunded', { orderId: 'o-1', refundId: 'lost', manager });
      throw new RangeError('rolled back');
    });
    await expect(roll).rejects.toThrow('rolled back');
    await shop.dataSource.transaction((manager) =>
      shop.events.emitAsync('order.part-refunded', { orderId: 'o-1', refundId: 'kept', manager }),
    );
    await shop.events.emitAsync('order.part-refunded', { orderId: 'other', refundId: null });
    await shop.events.emitAsync('order.credit-note', { orderId: 'o-1', refundId: 'note' });
    const story = await shop.story('o-1');
    expect(story.corrections.map(({ key, kind, state }) => [key, kind, state])).toEqual([
      ['kept', 'refund', 'held'],
      ['note', 'refund', 'held'],
    ]);
  });

  it.each(['order.paid', 'order.amended', 'order.refunded', 'plain.paid'])(
    'joins the emitter’s transaction (%s): what is rolled back leaves nothing, what commits stays',
    async (event) => {
      const shop = await start('throw');
      const before = await dump(shop.dataSource);
      const emit = (fail: boolean): Promise<void> =>
        shop.dataSource.transaction(async (manager) => {
          await storeOrder(manager, 'o-1');
          await shop.events.emitAsync(event, new OrderPaid('o-1', 'x@example.com', manager));
          if (fail) throw new TypeError('rolled back');
        });
      await expect(emit(true)).rejects.toThrow('rolled back');
      expect(await dump(shop.dataSource)).toEqual(before);
      expect(await shop.orders()).toEqual([]);

      await emit(false);
      expect(await shop.orders()).toEqual(['o-1']);
      expect(await dump(shop.dataSource)).not.toEqual(before);
    },
  );

  it('still hears of a sale that is paid while the app shuts down', async () => {
    const shop = await start('throw');
    const gate = shop.app.get(Gate);
    const answer = new Visitor().post(`${shop.url}/events/last`, {});
    await gate.reached;
    const closed = shop.app.close();
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
    gate.open();
    expect((await answer).text).toBe('DRY_RUN');
    await closed;
  });

  it('stops listening when the app closes', async () => {
    const shop = await start('throw');
    await shop.app.close();
    expect(shop.events.listenerCount('order.paid')).toBe(0);
    expect(shop.events.listenerCount('subscription.renewed')).toBe(0);
  });
});

describe('the click of an event', () => {
  const visit = async (shop: Shop): Promise<Visitor> => {
    const visitor = new Visitor();
    await visitor.get(`${shop.url}/?im_ref=click-of-the-visitor`);
    return visitor;
  };

  it('is the request’s', async () => {
    const shop = await start('throw');
    await (await visit(shop)).post(`${shop.url}/events/paid`, {});
    expect(await shop.found('request-order')).toMatchObject({
      clickId: 'click-of-the-visitor',
      attributedBy: 'request',
    });
  });

  it('is still the request’s when the mapper goes on after the response', async () => {
    const shop = await start('throw');
    const visitor = await visit(shop);
    expect((await visitor.post(`${shop.url}/events/slow`, {})).text).toBe('accepted');
    expect(await shop.conversions.find('slow-order')).toBeNull();
    shop.app.get(Gate).open();
    await settled(async () => (await shop.conversions.find('slow-order')) !== null);
    expect(await shop.found('slow-order')).toMatchObject({
      clickId: 'click-of-the-visitor',
      attributedBy: 'request',
    });
  });

  it('is nobody’s in a webhook', async () => {
    const shop = await start('throw');
    expect((await (await visit(shop)).post(`${shop.url}/events/webhook`, {})).text).toBe('null');
    expect(await shop.found('webhook-order')).toMatchObject({ clickId: null, attributedBy: null });
  });
});

describe('what goes wrong', () => {
  const BROKEN = [
    ['order.broken', 'OrderEvents.broken'],
    ['order.broken-late', 'OrderEvents.brokenLate'],
  ] as const;

  it.each(BROKEN)(
    'in a mapper (%s) is logged by its name, without the event’s data',
    async (event, mapper) => {
      const shop = await start('park');
      await shop.events.emitAsync(event, new OrderPaid('o-1'));
      const said = shop.log.texts('error', 'ImpactEvents');
      expect(said).toHaveLength(1);
      expect(said[0]).toContain(`${mapper}()`);
      expect(said[0]).toContain(`"${event}"`);
      expect(said[0]).toContain('RangeError');
      expect(said[0]).toContain('events.spec');
      expect(JSON.stringify(shop.log.lines)).not.toContain('secret.customer');
      expect(await rowsOf(shop.dataSource, 'impact_conversions')).toEqual([]);
    },
  );

  it.each(BROKEN)('in a mapper (%s) rejects emitAsync under "throw"', async (event, mapper) => {
    const shop = await start('throw');
    const error: unknown = await shop.events
      .emitAsync(event, new OrderPaid('o-1'))
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(EventMapperError);
    expect(error).toMatchObject({ mapper, event, cause: expect.any(RangeError) });
    expect((error as Error).message).not.toContain('secret.customer');
    expect(shop.log.texts('error', 'ImpactEvents')).toHaveLength(1);
  });

  it.each(['order.broken', 'order.broken-late'])(
    'in a mapper (%s) lets the emitter’s transaction commit under "park"',
    async (event) => {
      const shop = await start('park');
      await shop.dataSource.transaction(async (manager) => {
        await storeOrder(manager, 'o-1');
        await shop.events.emitAsync(event, new OrderPaid('o-1', 'x@example.com', manager));
      });
      expect(await shop.orders()).toEqual(['o-1']);
    },
  );

  it.each(['throw', 'park'] as const)('never ends the process or the emitter (%s)', async (onInvalid) => {
    const shop = await start(onInvalid);
    for (const event of ['order.broken', 'order.broken-late', 'order.nonsense', 'order.invalid']) {
      expect(() => shop.events.emit(event, new OrderPaid('o-1'))).not.toThrow();
    }
    await settled(
      async () => shop.log.texts('error', 'ImpactEvents').length >= (onInvalid === 'throw' ? 4 : 2),
    );
    // afterEach looks for unhandled rejections.
    expect(shop.log.texts('error', 'ImpactEvents').length).toBeGreaterThanOrEqual(2);
  });

  it('in what the mapper answers is told apart from a sale: it is the mapper’s failure', async () => {
    const strict = await start('throw');
    const error = strict.events.emitAsync('order.nonsense', new OrderPaid('o-1'));
    await expect(error).rejects.toMatchObject({
      code: 'EVENT_MAPPER_FAILED',
      mapper: 'OrderEvents.nonsense',
    });

    const lenient = await start('park');
    await lenient.events.emitAsync('order.nonsense', new OrderPaid('o-1'));
    expect(lenient.log.texts('error', 'ImpactEvents')[0]).toContain('OrderEvents.nonsense()');
    expect(await rowsOf(lenient.dataSource, 'impact_conversions')).toEqual([]);
  });

  it('with the sale itself follows recording.onInvalid', async () => {
    const strict = await start('throw');
    const error = strict.events.emitAsync('order.invalid', new OrderPaid('o-1'));
    await expect(error).rejects.toBeInstanceOf(InvalidConversionError);
    expect(strict.log.texts('error', 'ImpactEvents')).toEqual([
      expect.stringContaining('OrderEvents.invalid()'),
    ]);

    const lenient = await start('park');
    await lenient.events.emitAsync('order.invalid', new OrderPaid('o-1'));
    expect(await lenient.found('o-1')).toMatchObject({ state: 'UNDELIVERABLE' });
    expect(lenient.log.texts('error', 'ImpactEvents')).toEqual([]);
  });

  it('with a change follows recording.onInvalid', async () => {
    const strict = await start('throw');
    const error = strict.events.emitAsync('order.amended-wrongly', new OrderPaid('o-1'));
    await expect(error).rejects.toBeInstanceOf(InvalidConversionError);

    const lenient = await start('park');
    await lenient.dataSource.transaction(async (manager) => {
      await storeOrder(manager, 'o-1');
      await lenient.events.emitAsync('order.amended-wrongly', new OrderPaid('o-1', 'x@example.com', manager));
    });
    expect(await lenient.orders()).toEqual(['o-1']);
    expect(lenient.log.texts('error', 'ImpactEvents')).toEqual([
      expect.stringMatching(/OrderEvents\.amendedWrongly\(\) on "order\.amended-wrongly": .*amount/s),
    ]);
  });

  it('in the recording always rejects: the transaction may be unusable', async () => {
    const shop = await start('park');
    await shop.events.emitAsync('order.paid', new OrderPaid('o-1'));
    await shop.dataSource.query('DROP TABLE impact_corrections');
    const error: unknown = await shop.events
      .emitAsync('order.amended', new OrderPaid('o-1'))
      .catch((caught: unknown) => caught);
    expect(String(error)).toContain('no such table: impact_corrections');
    const said = shop.log.texts('error', 'ImpactEvents');
    expect(said).toEqual([expect.stringContaining('OrderEvents.amended() on "order.amended": ')]);
    // What a driver says may quote values.
    expect(said[0]).not.toContain('impact_corrections');
  });

  it('is said at boot when nothing can emit', async () => {
    const boot = start('throw', { imports: [], controllers: [], providers: [Gate, OrderEvents] });
    await expect(boot).rejects.toBeInstanceOf(EventEmitterMissingError);
    await expect(boot).rejects.toThrow(/OrderEvents\.\w+\(\) .* Add EventEmitterModule\.forRoot\(\)/);
  });

  it('needs no emitter where no method is decorated', async () => {
    const shop = await startShop({ impact: {} });
    lifetime.keep(shop, () => shop.close());
    expect(shop.app.get(DataSource).isInitialized).toBe(true);
  });
});
