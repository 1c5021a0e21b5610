import { describe, expect, it } from '@jest/globals';
import { secretCheck, sourceCheck } from './postback.guard.js';
import { RationedLog } from './rationed.log.js';

const OLD = 'old-secret-of-thirty-two-letters-and-more';
const NEW = 'new-secret-of-thirty-two-letters-and-more';

describe('secretCheck', () => {
  const knows = secretCheck([OLD, NEW]);

  it.each([
    [OLD, true],
    [NEW, true],
    [`${OLD} `, false],
    [OLD.slice(1), false],
    [OLD.toUpperCase(), false],
    ['', false],
    [null, false],
  ])('%j → %p', (given, expected) => expect(knows(given)).toBe(expected));

  it('lets nobody in without a secret', () => {
    expect(secretCheck([])('')).toBe(false);
    expect(secretCheck([])(null)).toBe(false);
  });
});

describe('sourceCheck', () => {
  const mayCall = sourceCheck(['203.0.113.0/24', '198.51.100.7', '2001:db8::/32']);

  it.each([
    ['203.0.113.200', true],
    ['::ffff:203.0.113.200', true],
    ['198.51.100.7', true],
    ['198.51.100.8', false],
    ['2001:db8:1::5', true],
    ['2001:db9::5', false],
    ['2001:db8::5%eth0', true],
    ['not an address', false],
    ['', false],
    [undefined, false],
  ])('%j → %p', (address, expected) => expect(mayCall(address)).toBe(expected));

  it('lets everybody call without ranges', () => expect(sourceCheck([])(undefined)).toBe(true));
});

describe('RationedLog', () => {
  it('says each kind of thing once a minute, and how often it happened', () => {
    const lines: string[] = [];
    let now = 0;
    const log = new RationedLog((line) => lines.push(line), { now: () => new Date(now) });
    for (let times = 0; times < 100; times += 1) log.say('a', 'first');
    log.say('b', 'second');
    now = 60_000;
    log.say('a', 'first');
    log.say('b', 'second');
    expect(lines).toEqual(['first', 'second', 'first (and 99 more since the last line)', 'second']);
  });
});
