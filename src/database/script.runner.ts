import type { Script, Statement, StatementResult } from './impact.database.js';

/** Runs a script to its end on a driver that answers at once. Errors are thrown into the script first. */
export function drive<T>(script: Script<T>, execute: (statement: Statement) => StatementResult): T {
  let step = script.next();
  while (step.done !== true) {
    let result: StatementResult;
    try {
      result = execute(step.value);
    } catch (error) {
      step = script.throw(error);
      continue;
    }
    step = script.next(result);
  }
  return step.value;
}

/** The same on a driver that has to be awaited. */
export async function driveAsync<T>(
  script: Script<T>,
  execute: (statement: Statement) => Promise<StatementResult>,
): Promise<T> {
  let step = script.next();
  while (step.done !== true) {
    let result: StatementResult;
    try {
      result = await execute(step.value);
    } catch (error) {
      step = script.throw(error);
      continue;
    }
    step = script.next(result);
  }
  return step.value;
}
