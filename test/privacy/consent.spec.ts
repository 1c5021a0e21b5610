import { afterEach, describe, expect, it } from '@jest/globals';
import type { ImpactModuleOptions } from 'nestjs-impact';
import { Visitor } from '../support/http.client.js';
import { type Shop, simpleSale, startShop } from '../support/shop.app.js';

const open: Shop[] = [];
afterEach(async () => {
  for (const shop of open.splice(0)) await shop.close();
});

async function bought(
  capture: ImpactModuleOptions['capture'],
  more: Parameters<typeof simpleSale>[1] = {},
): Promise<string | undefined> {
  const shop = await startShop({ impact: { mode: 'dry-run', capture } });
  open.push(shop);
  const visitor = new Visitor();
  await visitor.get(`${shop.url}/shoes?im_ref=click-1`);
  await visitor.post(`${shop.url}/checkout`, { orderId: 'A' });
  await shop.conversions.record(simpleSale('A', more));
  const { conversion, request } = await shop.story('A');
  expect(conversion.clickId).toBe('click-1');
  return Object.fromEntries(request)['TrackingConsent'];
}

describe('the consent that is forwarded', () => {
  it('is the visitor’s, when the app asks for it', async () => {
    expect(await bought({ consent: () => 'granted' })).toBe('true');
  });

  it('is what the caller says', async () => {
    expect(await bought({ consent: () => 'granted' }, { consent: false })).toBe('false');
    expect(await bought({}, { consent: true })).toBe('true');
  });

  it('is nothing where nobody has asked', async () => {
    expect(await bought({})).toBeUndefined();
  });
});
