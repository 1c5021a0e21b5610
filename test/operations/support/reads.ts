import { jest } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { IMPACT_DATABASE, type ImpactDatabase, type Script } from '../../../src/database/index.js';

/** Watches what the module reads. The function that it answers gives the statements since it was called last. */
export function readsOf(app: INestApplicationContext): () => string[] {
  const database = app.get<ImpactDatabase>(IMPACT_DATABASE, { strict: false });
  const read = database.read.bind(database);
  const seen: string[] = [];
  jest.spyOn(database, 'read').mockImplementation(<T>(script: () => Script<T>) =>
    read(function* (): Script<T> {
      const inner = script();
      let step = inner.next();
      while (step.done !== true) {
        seen.push(step.value.sql);
        step = inner.next(yield step.value);
      }
      return step.value;
    }),
  );
  return () => seen.splice(0);
}
