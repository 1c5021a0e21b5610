import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ImpactSandbox } from '../../src/sandbox/index.js';
import { SandboxClient } from './sandbox.client.js';

describe('tracking links', () => {
  let sandbox: ImpactSandbox;
  let client: SandboxClient;

  beforeAll(async () => {
    sandbox = await ImpactSandbox.start({
      programs: [
        { id: '1000', name: 'Shop' },
        {
          id: '2000',
          name: 'Guarded',
          deepLinkDomains: ['shop.test'],
          landingUrl: 'https://shop.test/home',
          clickIdParameter: 'irclickid',
        },
      ],
      partners: [{ id: '7', name: 'Tom & Söhne' }],
    });
    client = new SandboxClient(sandbox);
  });
  afterAll(() => sandbox.close());

  test('land with the parameters that real ones have, in their order', async () => {
    const link = sandbox.trackingLink({
      landingUrl: 'https://shop.test/a?x=1#top',
      sharedId: 'spring',
      subId1: 's/1',
    });
    expect(link).toBe(
      `${sandbox.url}/c/7/98765/1000?subId1=s%2F1&sharedid=spring&u=https%3A%2F%2Fshop.test%2Fa%3Fx%3D1%23top`,
    );
    const { status, location, raw } = await client.follow(link);
    expect(status).toBe(302);
    expect([...location.searchParams.keys()]).toEqual([
      'x',
      'im_ref',
      'sharedid',
      'irpid',
      'utm_source',
      'utm_medium',
      'irgwc',
      'afsrc',
      'irmpname',
    ]);
    expect(Object.fromEntries(location.searchParams)).toMatchObject({
      sharedid: 'spring',
      irpid: '7',
      utm_source: 'Impact',
      utm_medium: 'Affiliate',
      irgwc: '1',
      afsrc: '1',
      irmpname: 'Tom & Söhne',
    });
    expect(location.hash).toBe('#top');
    const [click] = await sandbox.clicks();
    expect(click).toMatchObject({
      id: location.searchParams.get('im_ref'),
      partnerId: '7',
      sharedId: 'spring',
    });
    expect(click?.subIds).toEqual(['s/1', '', '']);
    expect(raw).toBe(click?.redirectedTo);
  });

  test('mint ids of the published shape, and encode the colon', async () => {
    let colons = 0;
    for (let count = 0; count < 40; count += 1) {
      const { location, raw } = await client.follow(
        sandbox.trackingLink({ landingUrl: 'https://shop.test/' }),
      );
      const id = location.searchParams.get('im_ref') ?? '';
      expect(id).toMatch(/^[A-Za-z0-9:-]{9}xy[A-Za-z0-9:-]{13}Uk[A-Za-z0-9:-]{12}0$/);
      expect(raw).toContain(`im_ref=${id.replaceAll(':', '%3A')}&`);
      if (id.includes(':')) colons += 1;
    }
    expect(colons).toBeGreaterThan(0);
  });

  test('send an empty shared id, as real ones do', async () => {
    const { raw } = await client.follow(sandbox.trackingLink({ landingUrl: 'https://shop.test/' }));
    expect(raw).toContain('&sharedid=&irpid=');
  });

  test('fill macros inside the deep link', async () => {
    const landingUrl = 'https://shop.test/{irpid}?ref={clickid}&what={unknown}';
    const { location } = await client.follow(sandbox.trackingLink({ landingUrl }));
    expect(location.pathname).toBe('/7');
    expect(location.searchParams.get('ref')).toBe(location.searchParams.get('im_ref'));
    expect(location.searchParams.get('what')).toBe('{unknown}');
  });

  test.each([
    ['https://shop.test/x', 'https://shop.test/x'],
    ['https://www.shop.test/x', 'https://www.shop.test/x'],
    ['https://evilshop.test/x', 'https://shop.test/home'],
    ['https://shop.test.evil.example/x', 'https://shop.test/home'],
    ['javascript:alert(1)', 'https://shop.test/home'],
    ['//shop.test/x', 'https://shop.test/home'],
  ])('deep link %s leads to %s', async (deepLink, target) => {
    const { location } = await client.follow(`${sandbox.url}/c/7/1/2000?u=${encodeURIComponent(deepLink)}`);
    expect(`${location.origin}${location.pathname}`).toBe(target);
    expect(location.searchParams.get('irclickid')).toHaveLength(39);
    const click = (await sandbox.clicks()).at(-1);
    expect(click?.malformed).toBe(deepLink !== target);
  });

  test.each(['/c/8/1/1000', '/c/7/1/3000'])('%s is 404', async (path) => {
    expect((await fetch(`${sandbox.url}${path}`)).status).toBe(404);
  });

  test('repeat themselves with a seed', async () => {
    const ids = await Promise.all(
      [1, 1, 2].map(async (seed) => {
        const seeded = await ImpactSandbox.start({ seed });
        const id = await new SandboxClient(seeded).click();
        await seeded.close();
        return id;
      }),
    );
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).not.toBe(ids[2]);
  });

  test.each([
    [{ landingUrl: '/shoes' }],
    [{ landingUrl: 'javascript:alert(1)' }],
    [{ landingUrl: 'https://shop.test/', partnerId: 'nobody' }],
  ])('cannot be made from %j', (to) => {
    expect(() => sandbox.trackingLink(to)).toThrow(expect.objectContaining({ code: 'SANDBOX_OPTION' }));
  });
});
