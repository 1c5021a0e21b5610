import { describe, expect, it } from '@jest/globals';
import { NO_RATE } from '../api/index.js';
import { pauseAfterRead } from './read-trouble.rules.js';

describe('pauseAfterRead', () => {
  it.each([
    [401, 'all'],
    [403, 'reads'],
    [429, 'all'],
  ])('a %i pauses %s', (status, scope) => {
    expect(pauseAfterRead({ status, rate: NO_RATE })?.scope).toBe(scope);
  });

  it.each([[null], [400], [404], [408], [500], [503]])('a %p pauses nothing', (status) => {
    expect(pauseAfterRead({ status, rate: NO_RATE })).toBeNull();
  });

  it('waits as long as the vendor asks', () => {
    expect(pauseAfterRead({ status: 429, rate: { ...NO_RATE, resetIn: 5000 } })?.for).toBe(5000);
    expect(pauseAfterRead({ status: 429, rate: { ...NO_RATE, resetIn: 5000, retryAfter: 700 } })?.for).toBe(
      700,
    );
  });
});
