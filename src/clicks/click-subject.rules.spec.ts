import { describe, expect, it } from '@jest/globals';
import { InvalidSubjectError } from './click.errors.js';
import { readableLinks, subjectLinks } from './click-subject.rules.js';

describe('subjectLinks', () => {
  it('lists ties strongest first and trims ids', () => {
    expect(subjectLinks({ customer: ' c1 ', order: 'o1', subscription: 's1' })).toEqual([
      { kind: 'order', subject: 'o1' },
      { kind: 'subscription', subject: 's1' },
      { kind: 'customer', subject: 'c1' },
    ]);
  });

  it('takes an @ in an order id', () => {
    expect(subjectLinks({ order: 'web@2026-118' })).toHaveLength(1);
  });

  it.each<[string, object]>([
    ['no subject', {}],
    ['only undefined ones', { order: undefined }],
    ['an empty id', { order: '' }],
    ['spaces', { customer: '  ' }],
    ['an address as order', { order: 'jane@example.com' }],
    ['an address as subscription', { subscription: 'jane%40example.com' }],
    ['a number', { order: 17 }],
    ['256 characters', { order: 'x'.repeat(256) }],
    ['an e-mail address', { customer: 'jane@example.com' }],
    ['an e-mail address on an intranet', { customer: 'jane@shop' }],
  ])('refuses %s', (_, subject) => {
    expect(() => subjectLinks(subject)).toThrow(InvalidSubjectError);
  });

  it('does not repeat the address', () => {
    expect(() => subjectLinks({ customer: 'jane@example.com' })).toThrow(/^(?!.*jane)/);
  });

  it('passes over what cannot have been tied when it only reads', () => {
    expect(readableLinks({ customer: 'jane@example.com', order: 'o1', subscription: '' })).toEqual([
      { kind: 'order', subject: 'o1' },
    ]);
    expect(readableLinks({})).toEqual([]);
  });
});
