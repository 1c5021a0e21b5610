import 'reflect-metadata';
import { type LogLevel, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { TOKEN_HEADER } from 'nestjs-impact';
import { ApiModule, type ApiOptions } from './api.module.js';

export interface Api {
  /** Without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/** An API for a front end on another site. */
export async function createApi(
  options: ApiOptions,
  logger: LogLevel[] | false = ['warn', 'error'],
): Promise<Api> {
  const app = await NestFactory.create<NestExpressApplication>(ApiModule.with(options), {
    logger,
    abortOnError: false,
  });
  app.useGlobalPipes(new ValidationPipe({ transform: true, whitelist: true }));
  // The API's own routes. The browser endpoint answers for itself: `capture.endpoint.origins`.
  app.enableCors({ origin: [options.pageOrigin], allowedHeaders: ['content-type', TOKEN_HEADER] });
  await app.listen(options.port ?? 0, '127.0.0.1');
  return { url: await app.getUrl(), close: () => app.close() };
}
