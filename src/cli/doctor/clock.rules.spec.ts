import { expect, it } from '@jest/globals';
import { clockFinding } from './clock.rules.js';

it.each([
  [0, 0, 'good', 'agrees'],
  [-4_999, 0, 'good', 'agrees'],
  [5_900, 1000, 'good', 'agrees'],
  [7_000, 1000, 'warning', '6 s ahead of'],
  [-60_000, 0, 'warning', '60 s behind'],
  [3_600_000, 1000, 'bad', '59 min ahead of'],
  [-400_000, 0, 'bad', '6 min behind'],
] as const)('%d ms ahead, ± %d ms: %s', (ahead, precision, level, says) => {
  expect(clockFinding('database', ahead, precision)).toMatchObject({
    about: 'clock of database',
    level,
    says: expect.stringContaining(says),
  });
});
