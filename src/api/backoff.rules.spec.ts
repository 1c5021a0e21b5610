import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { backoffDelay, backoffStep, steadyDelay } from './backoff.rules.js';

const BACKOFF = { base: 2000, cap: 900_000 };

describe('backoffStep', () => {
  it.each([
    { failures: 0, step: 2000 },
    { failures: 1, step: 2000 },
    { failures: 2, step: 4000 },
    { failures: 5, step: 32_000 },
    { failures: 9, step: 512_000 },
    { failures: 10, step: 900_000 },
    { failures: 1_000_000, step: 900_000 },
  ])('is $step ms after $failures failures', ({ failures, step }) => {
    expect(backoffStep(failures, BACKOFF)).toBe(step);
  });
});

describe('backoffDelay', () => {
  it.each([
    { chance: 0, delay: 0 },
    { chance: 0.5, delay: 4000 },
    { chance: 0.999999, delay: 7999 },
  ])('is drawn evenly below the step: $chance gives $delay ms', ({ chance, delay }) => {
    expect(backoffDelay(3, BACKOFF, () => chance)).toBe(delay);
  });

  it('starts at the floor and spreads behind it', () => {
    expect(backoffDelay(1, BACKOFF, () => 0, 30_000)).toBe(30_000);
    expect(backoffDelay(1, BACKOFF, () => 0.5, 30_000)).toBe(31_000);
  });

  it('honours a floor beyond the cap', () => {
    expect(backoffDelay(1, BACKOFF, () => 0, 3_600_000)).toBe(3_600_000);
  });

  it('is always a whole number between the floor and the floor plus the cap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -5, max: 10_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 0, max: 10_000_000 }),
        (failures, chance, floor) => {
          const delay = backoffDelay(failures, BACKOFF, () => chance, floor);
          expect(Number.isSafeInteger(delay)).toBe(true);
          expect(delay).toBeGreaterThanOrEqual(floor);
          expect(delay).toBeLessThan(floor + BACKOFF.cap);
        },
      ),
    );
  });
});

describe('steadyDelay', () => {
  it.each([
    { chance: 0, delay: 4000 },
    { chance: 0.999999, delay: 7999 },
  ])('is half a step at least: $chance gives $delay ms', ({ chance, delay }) => {
    expect(steadyDelay(3, BACKOFF, () => chance)).toBe(delay);
  });
});
