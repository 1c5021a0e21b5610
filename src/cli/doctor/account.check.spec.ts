import { describe, expect, it } from '@jest/globals';
import { ImpactApiRefusedError, ImpactApiUnreachableError } from '../../api/index.js';
import { eventTypeFinding, scopeFinding, writeFindings } from './account.check.js';

const failure = (status: number | null) => ({
  status,
  problems: [],
  rate: {} as never,
  requestMayHaveArrived: true,
});

describe('scopeFinding', () => {
  it.each([
    ['an answer', { actions: [] }, 'good'],
    ['404, of what nobody has', new ImpactApiRefusedError('no', failure(404)), 'good'],
    ['403', new ImpactApiRefusedError('no', failure(403)), 'bad'],
    ['429', new ImpactApiRefusedError('no', failure(429)), 'warning'],
    ['503', new ImpactApiUnreachableError('no', { ...failure(503), networkCode: null }), 'warning'],
  ])('%s', (_, answer, level) => {
    expect(scopeFinding('Actions: read', answer)).toMatchObject({ about: 'scope Actions: read', level });
  });

  it('takes it lightly where something else can be done', () => {
    const finding = scopeFinding(
      'Promo codes: read',
      new ImpactApiRefusedError('no', failure(403)),
      'The first one counts.',
    );
    expect(finding).toMatchObject({
      level: 'warning',
      fix: expect.stringContaining('The first one counts.'),
    });
  });
});

it.each([
  [[{ actionTrackerId: '2000' }], '2000', 'good', 'has actions'],
  [[], '2000', 'warning', 'not proved'],
  [null, '2000', 'warning', 'not proved'],
  [[{ actionTrackerId: '7' }, { actionTrackerId: '7' }], '2000', 'warning', 'are of 7, and none of 2000'],
  [[], '0', 'warning', 'is not set'],
] as const)('actions %j and event type %s: %s', (actions, eventTypeId, level, says) => {
  expect(eventTypeFinding(actions, { eventTypeId, campaignId: '1000' })).toMatchObject({
    level,
    says: expect.stringContaining(says),
  });
});

it('knows what earlier writes have proved', () => {
  const found = writeFindings({ sale: new Date('2026-11-01T10:00:00Z'), correction: null });
  expect(found.map(({ level }) => level)).toEqual(['good', 'warning']);
  expect(found[0]!.says).toContain('2026-11-01');
});
