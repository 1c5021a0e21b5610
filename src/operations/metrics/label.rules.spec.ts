import { describe, expect, it } from '@jest/globals';
import type { DeliveryOutcome, StoryEvent } from '../../ledger/index.js';
import { classOf, countsOf, failureClass } from './label.rules.js';

describe('what a line of the story counts for', () => {
  it.each<[StoryEvent, Record<string, unknown>, string[]]>([
    ['recorded', {}, ['salesRecorded RECORDED']],
    ['skipped', {}, ['salesRecorded SKIPPED']],
    ['kept-in-dry-run', {}, ['salesRecorded DRY_RUN']],
    ['parked', {}, ['salesRecorded UNDELIVERABLE']],
    ['sent', {}, ['verdicts SENT']],
    ['refused', {}, ['verdicts UNDELIVERABLE']],
    ['credited', {}, ['verdicts CREDITED']],
    ['missing', {}, ['verdicts MISSING']],
    ['rejected', { reasonCodes: ['NO_ITEM', 'MALFORMED'] }, ['verdicts REJECTED NO_ITEM']],
    ['rejected', { reasonCodes: ['made up for order A-1'] }, ['verdicts REJECTED other']],
    ['rejected', { reasonCodes: ['constructor'] }, ['verdicts REJECTED other']],
    ['rejected', {}, ['verdicts REJECTED none']],
    ['correction-recorded', {}, ['corrections held']],
    ['correction-recorded', { before: 'the sale', count: 2 }, ['corrections held', 'corrections held']],
    ['correction-queued', {}, ['corrections queued']],
    ['correction-refused', {}, ['corrections refused']],
    ['claim-opened', {}, ['claimsOpened']],
    ['claim-settled', {}, []],
    ['attempt-failed', {}, []],
  ])('%s %j', (what, data, expected) => {
    const told = countsOf({ what, data }).map(({ key, labels }) => [key, ...Object.values(labels)].join(' '));
    expect(told).toEqual(expected);
  });
});

const retry = { is: 'retry', after: 1, reason: '', unknown: false, reached: [] } as const;
const pause = { scope: 'all', for: 1, reason: '' } as const;

describe('the class of an outcome', () => {
  it.each<[string, DeliveryOutcome, string | null]>([
    ['taken', { is: 'sent', submissionId: null, actionId: null, reached: ['all'] }, 'sent'],
    ['found', { is: 'found', actionId: '1', reached: null }, 'found'],
    ['refused', { is: 'parked', reason: '', problems: [], reached: ['all'] }, 'refused'],
    ['given up without a call', { is: 'parked', reason: '', problems: [], reached: null }, null],
    ['failed', retry, 'retry'],
    ['perhaps arrived', { ...retry, unknown: true }, 'unknown'],
    ['the account’s fault', { ...retry, pause }, 'paused'],
    ['put back', { ...retry, reached: null }, null],
  ])('%s', (_, outcome, expected) => {
    expect(classOf(outcome)).toBe(expected);
  });
});

it('a defect of ours is told apart from what the vendor answers', () => {
  expect(failureClass(new TypeError('x'))).toBe('fault');
});
