// A shop with nothing to do: with the package as it comes, or without it.
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { answerParent } from '../lib/child.js';
import { typeormOptions } from '../lib/databases.js';
import { impact } from '../lib/package.js';
import { impactOptions, moduleOf } from '../lib/shop.js';
import { spyOn } from '../lib/spy.js';
import { DataSource } from 'typeorm';
import { pause } from '../lib/rounds.js';

let app;
let spy;

answerParent({
  async start({ database, withPackage }) {
    const { verdicts: _, ...options } = impactOptions();
    app = await NestFactory.createApplicationContext(
      moduleOf({
        imports: [
          TypeOrmModule.forRoot(typeormOptions(database)),
          ...(withPackage ? [impact.ImpactModule.forRoot(options)] : []),
        ],
      }),
      { logger: ['error', 'fatal'], abortOnError: false },
    );
    spy = spyOn(app.get(DataSource));
    if (!withPackage) return;
    // Started by hand, so that the spy is there before the first statement.
    app.get(impact.DeliveryDispatcher, { strict: false }).start();
    app.get(impact.VerdictService, { strict: false }).start();
  },
  async watch(milliseconds) {
    const before = process.cpuUsage();
    const started = performance.now();
    const statements = await spy.during(() => pause(milliseconds));
    const { user, system } = process.cpuUsage(before);
    return {
      statements: statements.length,
      elapsed: performance.now() - started,
      cpu: (user + system) / 1000,
    };
  },
  close: () => app.close(),
});
