import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Inject } from '@nestjs/common';
import {
  HealthCheck,
  type HealthCheckResult,
  HealthCheckService,
  HealthIndicatorService,
  TerminusModule,
} from '@nestjs/terminus';
import { HealthService, ImpactConfigurationError } from 'nestjs-impact';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { ImpactHealthIndicator } from 'nestjs-impact/terminus';
import { openShop, sale, type Shop } from '../delivery/support/shop.js';
import { databasesFor } from '../support/databases.js';
import { readsOf } from './support/reads.js';
import { liveOptions, simpleSale, startShop } from '../support/shop.app.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

describe.each(databasesFor('operations/health'))('health, on $name', (database) => {
  const start = async (options: Parameters<typeof openShop>[0] = {}): Promise<Shop> => {
    const shop = await openShop(options, { database });
    open.push(shop);
    return shop;
  };

  it('is up while nothing waits, and says what is left of the budget', async () => {
    const shop = await start();
    expect(await shop.app.get(HealthService).check()).toEqual({
      status: 'up',
      mode: 'live',
      problems: [],
      backlog: 0,
      oldestUnsent: null,
      paused: [],
      parked: 0,
      lastWalk: null,
      verdictOverdueMs: 0,
      correctionsLockingSoon: 0,
      openClaims: 0,
      budget: { perHour: 100_000, left: 100_000 },
    });
    await shop.conversions.record(sale('A-1'));
    await shop.dispatcher.drain();
    const { budget } = await shop.app.get(HealthService).check();
    expect(budget.left).toBe(99_999);
    shop.clock.advance(61 * MINUTE);
    expect((await shop.app.get(HealthService).check()).budget.left).toBe(100_000);
  });

  it('sees what waits too long, in whatever process it was recorded', async () => {
    const shop = await start();
    const health = shop.app.get(HealthService);
    await shop.conversions.record(sale('A-1'));
    expect(await health.check()).toMatchObject({ status: 'up', backlog: 1 });
    shop.clock.advance(16 * MINUTE);
    const report = await health.check();
    expect(report).toMatchObject({ status: 'down', problems: [{ what: 'oldest-unsent' }] });
    expect(report.oldestUnsent!.ageMs).toBeGreaterThanOrEqual(16 * MINUTE);
    expect(await health.check({ oldestUnsent: '1h' })).toMatchObject({ status: 'up' });
  });

  it('sees a pause, why it stands and how long', async () => {
    const shop = await start();
    const health = shop.app.get(HealthService);
    await shop.conversions.record(sale('A-1'));
    shop.sandbox.fault({ status: 403, on: 'conversions' });
    await shop.dispatcher.drain();
    expect(await health.check()).toMatchObject({
      status: 'degraded',
      problems: [{ what: 'paused', words: expect.stringContaining('Conversions: write') }],
      paused: [{ scope: 'sales' }],
    });
    shop.clock.advance(10 * MINUTE);
    expect(await health.check({ paused: '5m' })).toMatchObject({ status: 'down' });
  });

  it('counts parked sales, open corrections that lock soon, overdue verdicts and claims of this stamp alone', async () => {
    const shop = await start({ recording: { onInvalid: 'park' } });
    const health = shop.app.get(HealthService);
    await shop.conversions.record(sale('A-1', { expectedTotal: '999.00' }));
    await shop.conversions.record(sale('A-2'));
    await shop.conversions.record(sale('A-3'));
    await shop.dispatcher.drain();
    await shop.conversions.refund('A-2', { key: 'r-1', amount: '1.00' });
    await shop.conversions.refund('A-3', { key: 'r-1', amount: '1.00' });
    const locking = shop.clock.now().getTime() + 2 * DAY;
    await shop.query(
      `UPDATE impact_conversions SET state = 'CREDITED', locking_at = ${locking} WHERE order_id = 'A-2'`,
    );
    await shop.query(`UPDATE impact_corrections SET state = 'refused', claim = '{}' WHERE order_id = 'A-3'`);
    expect(await health.check()).toMatchObject({
      status: 'degraded',
      parked: 1,
      correctionsLockingSoon: 1,
      openClaims: 1,
      problems: [{ what: 'parked' }, { what: 'locking-soon' }],
    });
    expect(await health.check({ parked: 1, lockingWithin: '1d', openClaims: 0 })).toMatchObject({
      problems: [{ what: 'open-claims' }],
    });
    shop.clock.advance(DAY);
    const late = await health.check({ verdictOverdue: '1h' });
    expect(late.problems.map(({ what }) => what)).toContain('verdict-overdue');

    await shop.query(`UPDATE impact_conversions SET environment = 'other'`);
    await shop.query(`UPDATE impact_corrections SET environment = 'other'`);
    await shop.query(`UPDATE impact_deliveries SET environment = 'other'`);
    expect(await health.check()).toMatchObject({ status: 'up', parked: 0, openClaims: 0, backlog: 0 });
  });

  it('knows when the last walk was', async () => {
    const shop = await start();
    await shop.conversions.record(sale('A-1'));
    await shop.dispatcher.drain();
    await shop.sandbox.settle();
    const before = Date.now() - MINUTE;
    await shop.verdicts.hurry();
    const { lastWalk } = await shop.app.get(HealthService).check();
    expect(lastWalk!.getTime()).toBeGreaterThan(before);
  });

  it('is read in three statements', async () => {
    const shop = await start();
    const statements = readsOf(shop.app);
    await shop.app.get(HealthService).check();
    expect(statements()).toHaveLength(3);
  });
});

it('a limit that is no length of time is refused by name', async () => {
  const shop = await openShop();
  open.push(shop);
  await expect(shop.app.get(HealthService).check({ paused: 'soon' as never })).rejects.toThrow(
    ImpactConfigurationError,
  );
});

@Controller('health')
class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(ImpactHealthIndicator) private readonly impact: ImpactHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  async check(): Promise<HealthCheckResult> {
    return this.health.check([() => this.impact.isHealthy('impact', { oldestUnsent: '1h' })]);
  }
}

describe('the indicator for terminus', () => {
  it('answers 200 with details, 503 when it is down, and tells no secret', async () => {
    const sandbox = await ImpactSandbox.start();
    open.push(sandbox);
    const shop = await startShop({
      impact: liveOptions(sandbox),
      imports: [TerminusModule],
      controllers: [HealthController],
      providers: [ImpactHealthIndicator],
    });
    open.push(shop);
    const get = async (): Promise<{ status: number; text: string }> => {
      const answer = await fetch(`${shop.url}/health`);
      return { status: answer.status, text: await answer.text() };
    };
    const fine = await get();
    expect(fine.status).toBe(200);
    expect(JSON.parse(fine.text)).toMatchObject({
      info: { impact: { status: 'up', health: 'up', backlog: 0 } },
    });

    const customer = { id: 'canary', email: 'canary@shop.test' };
    sandbox.fault({ status: 401, on: 'conversions' });
    await shop.conversions.record(simpleSale('A-CANARY', { customer }));
    await shop.dispatcher.drain();
    const degraded = await get();
    expect(degraded.status).toBe(200);
    expect(JSON.parse(degraded.text)).toMatchObject({ details: { impact: { status: 'degraded' } } });

    shop.clock.advance(2 * 60 * MINUTE);
    const down = await get();
    expect(down.status).toBe(503);
    expect(JSON.parse(down.text)).toMatchObject({ error: { impact: { status: 'down', health: 'down' } } });
    for (const { text } of [fine, degraded, down]) {
      expect(text).not.toMatch(/canary/i);
      expect(text).not.toContain(sandbox.credentials.authToken);
      expect(text).not.toContain(sandbox.credentials.accountSid);
    }
  });

  it('is up with the problems in its details where terminus knows up and down alone', async () => {
    const shop = await openShop();
    open.push(shop);
    await shop.conversions.record(sale('A-1'));
    shop.sandbox.fault({ status: 401, on: 'conversions' });
    await shop.dispatcher.drain();
    const real = new HealthIndicatorService();
    // As in version 11.
    const eleven = {
      check: (key: string) => ({
        up: (data: object) => real.check(key).up(data as never),
        down: (data: object) => real.check(key).down(data as never),
      }),
    } as unknown as HealthIndicatorService;
    const indicator = new ImpactHealthIndicator(eleven, shop.app.get(HealthService));
    expect(await indicator.isHealthy('impact')).toMatchObject({
      impact: { status: 'up', health: 'degraded', problems: [{ what: 'paused' }] },
    });
  });

  it('is down when the database cannot be read', async () => {
    const shop = await openShop();
    open.push(shop);
    const indicator = new ImpactHealthIndicator(new HealthIndicatorService(), shop.app.get(HealthService));
    await shop.query(`ALTER TABLE impact_accounts RENAME TO impact_accounts_away`);
    expect(await indicator.isHealthy('impact')).toEqual({
      impact: {
        status: 'down',
        message: expect.stringMatching(/^The health could not be read: \w+$/),
      },
    });
    await shop.query(`ALTER TABLE impact_accounts_away RENAME TO impact_accounts`);
  });
});
