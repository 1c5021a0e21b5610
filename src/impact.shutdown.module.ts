import { Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ClickBuffer } from './clicks/index.js';

/**
 * Writes the clicks that still wait in memory, after the last request and before the data source is closed.
 *
 * Nest ends global modules last, in an order that nobody chooses: @nestjs/typeorm may have closed the app's
 * data source by the time that ImpactModule's own providers are told. This module is not global, so its
 * turn comes before all of them.
 */
@Injectable()
class LastWrites implements OnApplicationShutdown {
  constructor(@Inject(ModuleRef) private readonly modules: ModuleRef) {}

  async onApplicationShutdown(): Promise<void> {
    await this.modules.get(ClickBuffer, { strict: false }).onApplicationShutdown();
  }
}

@Module({ providers: [LastWrites] })
export class ImpactShutdownModule {}
