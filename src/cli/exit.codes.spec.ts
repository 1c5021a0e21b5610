import { expect, it } from '@jest/globals';
import { ImpactApiRefusedError, ImpactApiUnreachableError } from '../api/index.js';
import { MigrationsPendingError } from '../database/index.js';
import { NotRecordedError } from '../ledger/index.js';
import { CliDatabaseError, CliInterruptedError, CliUsageError } from './cli.errors.js';
import { exitCodeOf } from './exit.codes.js';

const failure = (status: number | null) => ({
  status,
  problems: [],
  rate: {} as never,
  requestMayHaveArrived: true,
});
const withCode = (code: string): Error => Object.assign(new TypeError('x'), { code });

it.each([
  [new CliUsageError('x'), 2],
  [new CliDatabaseError('x'), 3],
  [new CliInterruptedError(), 130],
  [new MigrationsPendingError(['0001']), 3],
  [new NotRecordedError('A-1'), 1],
  [new ImpactApiRefusedError('x', failure(401)), 3],
  [new ImpactApiRefusedError('x', failure(429)), 3],
  [new ImpactApiRefusedError('x', failure(400)), 1],
  [new ImpactApiUnreachableError('x', { ...failure(null), networkCode: 'ECONNREFUSED' }), 3],
  [withCode('ECONNRESET'), 3],
  [withCode('57P01'), 3],
  [withCode('SQLITE_BUSY'), 3],
  [withCode('23505'), 1],
  [new TypeError('x'), 1],
  ['x', 1],
  [null, 1],
])('%p ends with %d', (error, code) => {
  expect(exitCodeOf(error)).toBe(code);
});
