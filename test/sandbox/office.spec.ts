import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { ImpactSandbox, type OfficeOrder, type SandboxAction } from '../../src/sandbox/index.js';
import { SandboxClient } from './sandbox.client.js';

let sandbox: ImpactSandbox;
let client: SandboxClient;

beforeAll(async () => {
  sandbox = await ImpactSandbox.start({
    settleAfter: '1h',
    eventTypes: [
      { id: '20001', name: 'Online Sale' },
      { id: '20002', name: 'Subscription' },
    ],
  });
  client = new SandboxClient(sandbox);
});
afterEach(() => sandbox.reset());
afterAll(() => sandbox.close());

const days = (count: number): Date => new Date(sandbox.now().getTime() + count * 86_400_000);

type Row = Record<string, string | number>;

/** What the vendor's listing tells, oldest first. */
async function listed(query: Record<string, string> = {}): Promise<Row[]> {
  const search = new URLSearchParams({ CampaignId: '1000', ...query }).toString();
  const { body } = await client.call<{ Actions: Row[] }>(`/Actions?${search}`);
  return body.Actions.toReversed();
}
const updatedToday = (): Record<string, string> => ({
  StartDate: days(-1).toISOString(),
  EndDate: days(1).toISOString(),
});

const refusal = (order: OfficeOrder, of = 'order-1'): string => {
  try {
    sandbox.office(of, order);
    return 'taken';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('decisions, by order id', () => {
  test('reverse and restore', async () => {
    const { id } = await client.credited();
    expect(sandbox.office('order-1', 'reverse')).toMatchObject({ id, state: 'REVERSED', payout: '0.00' });
    expect(refusal('reverse')).toBe('SANDBOX_OPTION');
    expect(sandbox.office('order-1', 'restore')).toMatchObject({ id, state: 'PENDING', payout: '5.00' });
    expect(refusal('restore')).toBe('SANDBOX_OPTION');
  });

  test('approve is no update; the listing by locking date has it', async () => {
    await client.credited();
    sandbox.travel('+3d');
    expect(sandbox.office('order-1', 'approve')).toMatchObject({ state: 'APPROVED' });
    expect(await listed(updatedToday())).toEqual([]);
    const locking = { LockingDateStart: days(-1).toISOString(), LockingDateEnd: days(0).toISOString() };
    expect(await listed(locking)).toMatchObject([{ Oid: 'order-1', State: 'APPROVED' }]);
    expect(refusal('reverse')).toBe('SANDBOX_OPTION');
    expect(refusal('reattribute')).toBe('SANDBOX_OPTION');
  });

  test('re-attribution: the old one REVERSED, a new PENDING one of the same order, which is meant from then on', async () => {
    const old = await client.credited({
      ItemSku2: 'TEA',
      ItemCategory2: 'Food',
      ItemQuantity2: '1',
      ItemSubTotal2: '9',
    });
    const fresh = sandbox.office('order-1', { reattributeTo: '1234599' });
    expect(await listed()).toMatchObject([
      { Id: old.id, State: 'REVERSED', MediaPartnerId: 1234501, Oid: 'order-1', Amount: 0, Payout: 0 },
      { Id: fresh.id, State: 'PENDING', MediaPartnerId: 1234599, Oid: 'order-1', Amount: 109 },
    ]);
    expect(sandbox.office('order-1', 'reattribute').partnerId).toBe('1234501');
    expect((await listed()).map(({ State }) => State)).toEqual(['REVERSED', 'REVERSED', 'PENDING']);
    expect(sandbox.office('order-1', 'restore').id).toBe(fresh.id);
  });

  test.each<[string, OfficeOrder, string]>([
    ['an unknown action', 'reverse', 'nobody'],
    ['an unknown partner', { reattributeTo: '1' }, 'order-1'],
    ['a partner without a contract', { partnerId: '1234504' }, 'order-1'],
    ['an amount that is none', { amount: '1,50' }, 'order-1'],
    ['a moment that is none', { appearsAt: 'soon' }, 'order-1'],
  ])('refuse %s', async (_, order, of) => {
    await client.credited();
    expect(refusal(order, of)).toBe('SANDBOX_OPTION');
  });
});

describe('planted differences', () => {
  test('a wrong amount, spread over the lines', async () => {
    await client.credited();
    sandbox.travel('+2d');
    const changed = sandbox.office('order-1', { amount: '90.00' });
    expect(changed.items).toMatchObject([{ amount: '90.00' }]);
    expect(await listed(updatedToday())).toMatchObject([{ Amount: 90, DeltaAmount: -10, Payout: 4.5 }]);
  });

  test('a wrong partner without a second action', async () => {
    await client.credited();
    sandbox.office('order-1', { partnerId: '1234502' });
    expect(await listed()).toMatchObject([{ MediaPartnerId: 1234502, Amount: 100, Payout: 8 }]);
  });

  test('another date', async () => {
    await client.credited();
    const eventDate = days(-3);
    sandbox.office('order-1', { eventDate });
    const range = { ActionDateStart: days(-4).toISOString(), ActionDateEnd: days(-2).toISOString() };
    expect(await listed(range)).toHaveLength(1);
  });

  test('after it has locked, too', async () => {
    await client.credited();
    sandbox.travel('+30d');
    expect(sandbox.office('order-1', { amount: '1.00' })).toMatchObject({
      state: 'APPROVED',
      amount: '1.00',
    });
    expect(sandbox.office('order-1', { lockingDate: days(1) })).toMatchObject({ state: 'PENDING' });
  });

  test('a second action of the order, with its own period once the first has locked', async () => {
    const first = await client.credited();
    const second = sandbox.office('order-1', 'duplicate');
    expect(await listed()).toMatchObject([
      { Id: first.id, State: 'PENDING', Amount: 100 },
      { Id: second.id, State: 'PENDING', Amount: 100 },
    ]);
    sandbox.travel('+30d');
    expect(sandbox.office('order-1', 'duplicate').state).toBe('PENDING');
    expect((await sandbox.actions()).map(({ state }) => state)).toEqual(['APPROVED', 'APPROVED', 'PENDING']);
  });

  test('an action that no listing shows, and one that appears under dates that have passed', async () => {
    const { id } = await client.credited();
    sandbox.office('order-1', 'hide');
    sandbox.travel('+100d');
    expect((await client.call(`/Actions/${id}`)).status).toBe(404);
    sandbox.office('order-1', 'show');
    expect((await client.call(`/Actions/${id}`)).status).toBe(200);
    sandbox.office('order-1', { appearsAt: '+20m' });
    expect((await client.call(`/Actions/${id}`)).status).toBe(404);
    sandbox.travel('+20m');
    const { body } = await client.call<Row>(`/Actions/${id}`);
    expect(new Date(String(body['CreationDate'])).getTime()).toBeLessThan(days(-99).getTime());
  });

  test('an order that the shop never had', async () => {
    const click = await client.click('1234502');
    const eventDate = days(-2);
    const planted: SandboxAction[] = [
      sandbox.plant({ orderId: 'ghost-1', amount: '40.00' }),
      sandbox.plant({
        orderId: 'ghost-2',
        amount: '10',
        eventTypeId: '20002',
        clickId: click,
        eventDate: days(0),
      }),
      sandbox.plant({ orderId: 'ghost-3', amount: '10', test: true, customerId: 'c', eventDate }),
    ];
    expect(planted.map(({ payout, test: isTest }) => [payout, isTest])).toEqual([
      ['2.00', false],
      ['0.80', false],
      ['0.00', true],
    ]);
    expect(await listed()).toMatchObject([
      { Oid: 'ghost-1', Amount: 40, MediaPartnerId: 1234501, ActionTrackerId: 20001 },
      { Oid: 'ghost-2', MediaPartnerId: 1234502, ActionTrackerId: 20002, ReferringType: 'CLICK_COOKIE' },
      { Oid: 'ghost-3', MediaPartnerId: 1234599, CustomerId: 'c' },
    ]);
    expect(await sandbox.submissions()).toEqual([]);
    expect(() => sandbox.plant({ orderId: 'x', amount: '1', clickId: 'none' })).toThrow('no such click');
    expect(() => sandbox.plant({ orderId: 'x', amount: '1', eventTypeId: '9' })).toThrow(
      'no such event type',
    );
  });

  test('can be corrected like any other', async () => {
    const { id } = sandbox.plant({ orderId: 'ghost', amount: '40.00' });
    await client.form('PUT', '/Actions', { ActionId: id, Reason: 'ORDER_UPDATE', Amount: '4' });
    await sandbox.settle();
    expect(await listed()).toMatchObject([{ Amount: 4 }]);
  });
});
