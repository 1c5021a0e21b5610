import { describe, expect, it } from '@jest/globals';
import { ImpactConfigurationError, parseDuration } from './index.js';

describe('parseDuration', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['15m', 900_000],
    ['24h', 86_400_000],
    ['30d', 2_592_000_000],
    ['0s', 0],
    ['1.5h', 5_400_000],
    ['1.1d', 95_040_000],
    [250, 250],
    [0, 0],
  ])('%j is %i ms', (value, expected) => {
    expect(parseDuration(value, 'x')).toBe(expected);
  });

  it.each([
    '',
    '30',
    's',
    '30 s',
    ' 30s',
    '30s\n',
    '30S',
    '30sec',
    '-1s',
    '1e3s',
    '.5s',
    '1.5ms',
    '1h30m',
    '2w',
    '99999999999999d',
    -1,
    1.5,
    Number.NaN,
    Infinity,
    null,
    undefined,
    true,
    {},
  ])('%j is refused with the path of the option', (value) => {
    expect(() => parseDuration(value, 'delivery.timeout')).toThrow(ImpactConfigurationError);
    expect(() => parseDuration(value, 'delivery.timeout')).toThrow(/delivery\.timeout/);
  });
});
