import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createFreshApp, type FreshApp, type FreshAppOptions } from '../packaging/support/fresh-app.js';
import { type PackedPackage, packPackage } from '../packaging/support/packed-package.js';
import { codeBlocks, fileBlock, page } from './support/markdown.js';
import { compileSample } from './support/sample.loader.js';

const MINUTES = 60_000;
const TESTING = 'docs/testing.md';
const QUICK_START = fileBlock('README.md', 'app.module.ts');
const SHOP = ['@nestjs/platform-express', '@nestjs/typeorm', 'better-sqlite3'];
const JEST = [...SHOP, '@nestjs/testing', 'jest', '@jest/globals', '@swc/core', '@swc/jest', 'supertest'];

/** A landing, a checkout and a payment in the app of the quick start; prints what became of the sale. */
const VISIT = `
import { parseEnv } from 'node:util';
import { NestFactory } from '@nestjs/core';
import { DeliveryDispatcher } from 'nestjs-impact';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { delivered } from 'nestjs-impact/testing';
import { AppModule } from './app.module.js';

async function visit() {
  const sandbox = await ImpactSandbox.start();
  Object.assign(process.env, parseEnv(sandbox.environment));
  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
  app.enableShutdownHooks();
  await app.listen(0, '127.0.0.1');
  await app.get(DeliveryDispatcher).stop();
  const shop = await app.getUrl();

  const landing = await fetch(sandbox.trackingLink({ landingUrl: shop + '/', partnerId: '1234501' }));
  const cookie = landing.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');
  await fetch(shop + '/checkout/A-1', { method: 'POST', headers: { cookie } });
  await fetch(shop + '/paid/A-1', { method: 'POST' });
  const { state, attributedBy, partnerId, currency, amount } = await delivered(app, 'A-1', { settle: () => sandbox.settle() });

  await app.close();
  await sandbox.close();
  console.log(JSON.stringify({ state, attributedBy, partnerId, currency, amount }));
}
void visit();
`;

/** Without any variable: dry run. Ends by the signal that a platform sends. */
const MAIN = `
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

async function main() {
  const app = await NestFactory.create(AppModule);
  app.enableShutdownHooks();
  await app.listen(0, '127.0.0.1');
  await fetch((await app.getUrl()) + '/paid/A-1', { method: 'POST' });
  process.kill(process.pid, 'SIGTERM');
}
void main();
`;

describe('the samples of README.md and docs/testing.md, in apps that installed the packed package', () => {
  let packed: PackedPackage;
  const apps: FreshApp[] = [];

  beforeAll(async () => {
    packed = await packPackage();
  }, 3 * MINUTES);

  afterAll(async () => {
    await Promise.all([...apps, packed].map((made) => made.remove()));
  });

  async function freshApp(options: FreshAppOptions, files: Record<string, string>): Promise<FreshApp> {
    const app = await createFreshApp(packed, options);
    apps.push(app);
    await app.write(files);
    return app;
  }

  it('is a quick start of less than forty lines', () => {
    expect(QUICK_START.split('\n').length).toBeLessThan(40);
  });

  it('is a first test of at most 25 lines', () => {
    expect(fileBlock(TESTING, 'sale.spec.ts').trimEnd().split('\n').length).toBeLessThanOrEqual(25);
  });

  it.each([
    ['an ES module', 'module', 'es6'],
    ['CommonJS', 'commonjs', 'commonjs'],
  ] as const)(
    'the quick start credits a sale as %s under plain node',
    async (_name, type, form) => {
      const app = await freshApp(
        { type, packages: SHOP },
        {
          'app.module.js': compileSample(QUICK_START, form),
          'visit.js': compileSample(VISIT, form),
        },
      );
      const { code, stdout, stderr } = await app.node('visit.js');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(JSON.parse(stdout)).toEqual({
        state: 'CREDITED',
        attributedBy: 'order',
        partnerId: '1234501',
        currency: 'EUR',
        amount: '25.00',
      });
    },
    MINUTES,
  );

  it(
    'the quick start runs without any variable, says that it is a dry run, and ends on SIGTERM',
    async () => {
      const app = await freshApp(
        { packages: SHOP },
        { 'app.module.js': compileSample(QUICK_START), 'main.js': compileSample(MAIN) },
      );
      const { stdout, stderr } = await app.node('main.js');
      expect(stdout + stderr).toContain("Mode is 'dry-run'");
      expect(stdout + stderr).not.toMatch(/\bERROR\b/);
    },
    MINUTES,
  );

  it(
    'the test of one service in docs/testing.md comes to what it says, quietly, and lets the process end',
    async () => {
      const sample = fileBlock(TESTING, 'returns-desk.ts');
      const print = 'console.log(JSON.stringify([state, action?.amount]));';
      const app = await freshApp(
        { packages: [...SHOP, '@nestjs/testing'] },
        { 'returns-desk.js': compileSample(`${sample}\n${print}`) },
      );
      const { code, stdout, stderr } = await app.node('returns-desk.js');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(JSON.parse(stdout)).toEqual(['confirmed', '20.00']);
    },
    MINUTES,
  );

  it.each([
    ['with ES modules', 'module', 'jest.config.js', esmCommand()],
    ['in CommonJS mode', 'commonjs', 'jest.config.cjs', ['node_modules/jest/bin/jest.js']],
  ] as const)(
    'the test of docs/testing.md passes with its configuration for Jest %s',
    async (_name, type, config, command) => {
      const app = await freshApp(
        { type, packages: JEST },
        {
          'app.module.ts': QUICK_START,
          'sale.spec.ts': fileBlock(TESTING, 'sale.spec.ts'),
          [config]: fileBlock(TESTING, config),
        },
      );
      const { code, stderr } = await app.node(...command);
      expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('1 passed') });
    },
    2 * MINUTES,
  );
});

/** What `npm test` of the page's package.json runs, without `node` itself. */
function esmCommand(): string[] {
  const block = codeBlocks(page(TESTING)).find(({ language }) => language === 'json')!;
  const { scripts } = JSON.parse(block.text) as { scripts: { test: string } };
  const [program, ...args] = scripts.test.split(' ');
  expect(program).toBe('node');
  return args;
}
