import { expect, test } from '@jest/globals';
import { resolveSettings } from '../sandbox.settings.js';
import type { SandboxPartner } from '../sandbox.options.js';
import { ownerOf } from './promo.rules.js';

const MARCH = new Date('2026-03-10T12:00:00Z');
const before = new Date('2026-03-01T00:00:00Z');
const after = new Date('2026-03-20T00:00:00Z');

const owner = (code: string | undefined, first: SandboxPartner['promoCodes'], enabled = true) => {
  const { partners, eventTypes } = resolveSettings({
    programs: [
      { id: '1', name: 'One' },
      { id: '2', name: 'Two' },
    ],
    eventTypes: [{ id: '9', name: 'Sale', promoCodes: enabled }],
    partners: [
      { id: '10', name: 'First', promoCodes: first ?? [] },
      { id: '11', name: 'Second', promoCodes: ['SHARED'] },
    ],
  });
  const [eventType] = eventTypes;
  return eventType ? ownerOf(code, eventType, MARCH, partners)?.id : 'no event type';
};

test.each<[string, string | undefined, SandboxPartner['promoCodes'], string | undefined]>([
  ['no code', undefined, ['TEN'], undefined],
  ['its own code', 'TEN', ['TEN'], '10'],
  ['another spelling', 'ten', ['TEN'], undefined],
  ['a code of two partners', 'SHARED', ['SHARED'], undefined],
  ['the same code twice of one partner', 'TEN', ['TEN', { code: 'TEN' }], '10'],
  ['a pattern', 'ANNA-17', [{ code: 'ANNA-\\d+', type: 'RE' }], '10'],
  ['a pattern that fits in part', 'XANNA-17', [{ code: 'ANNA-\\d+', type: 'RE' }], undefined],
  ['a literal with signs of a pattern', 'A1', [{ code: 'A.' }], undefined],
  ['one that has begun', 'TEN', [{ code: 'TEN', startDate: before, endDate: after }], '10'],
  ['one that has not begun', 'TEN', [{ code: 'TEN', startDate: after }], undefined],
  ['one that has ended', 'TEN', [{ code: 'TEN', endDate: before }], undefined],
  ['one of another program', 'TEN', [{ code: 'TEN', programId: '2' }], undefined],
])('%s', (_, code, codes, expected) => {
  expect(owner(code, codes)).toBe(expected);
});

test('no code counts on an event type without promo codes', () => {
  expect(owner('TEN', ['TEN'], false)).toBeUndefined();
});

test('a pattern that is none stops the start', () => {
  expect(() => owner('TEN', [{ code: '(', type: 'RE' }])).toThrow('give a regular expression');
});
