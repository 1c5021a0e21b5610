import 'reflect-metadata';
import { fileURLToPath } from 'node:url';
import { type LogLevel, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import type { StoreOptions } from './store.options.js';
import { etaEngine } from './views/view.engine.js';

export interface Store {
  readonly app: NestExpressApplication;
  /** Without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/** Opens the shop. `logger` as in `NestFactory.create()`. */
export async function createStore(
  options: StoreOptions = {},
  logger: LogLevel[] | false = ['log', 'warn', 'error', 'fatal'],
): Promise<Store> {
  // rawBody: the payment provider signs the bytes that it sent, not what a parser made of them.
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with(options), {
    logger,
    rawBody: true,
    abortOnError: false,
  });
  furnish(app);
  await app.listen(options.port ?? 0, '127.0.0.1');
  return { app, url: await app.getUrl(), close: () => app.close() };
}

/** What the shop needs besides its modules, in tests as well. */
export function furnish(app: NestExpressApplication): void {
  app.useGlobalPipes(new ValidationPipe({ transform: true, whitelist: true }));
  app.useStaticAssets(fileURLToPath(new URL('./public/', import.meta.url)), { prefix: '/assets/' });
  app.engine('eta', etaEngine);
  app.setBaseViewsDir(fileURLToPath(new URL('./views/', import.meta.url)));
  app.setViewEngine('eta');
}
