import { describe, expect, it } from '@jest/globals';
import { HAS_CHROMIUM, HOW_TO_GET_IT } from './chromium.js';

describe('Chromium', () => {
  it('is here for the browser tests, on CI at least', () => {
    if (!HAS_CHROMIUM) process.stderr.write(`\n${HOW_TO_GET_IT}\n\n`);
    expect(HAS_CHROMIUM || process.env['CI'] !== 'true').toBe(true);
  });
});
