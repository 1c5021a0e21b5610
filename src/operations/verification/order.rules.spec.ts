import { describe, expect, it } from '@jest/globals';
import { judgeOrder, stuckFinding } from './order.rules.js';

const ID = 'q2OTQo1QUxyLpNmqcx3g';
const SALE = {
  orderId: 'A-1',
  state: 'RECORDED',
  clickId: ID,
  attributedBy: 'order',
  problems: [] as string[],
} as const;

describe('the sale in the ledger', () => {
  it.each([
    [{}, 'proved', 'order A-1, tied to the order'],
    [{ state: 'CREDITED', attributedBy: 'explicit' }, 'proved', 'order A-1, given by the app'],
    [{ clickId: ID.toLowerCase() }, 'failed', 'it has another click'],
    [{ clickId: null, attributedBy: null }, 'failed', 'it has no click'],
    [{ state: 'DRY_RUN' }, 'failed', 'it is kept in dry-run'],
    [{ state: 'SKIPPED' }, 'failed', 'it is not sent, on purpose'],
    [{ state: 'CANCELLED' }, 'failed', 'it was taken back before it was sent'],
    [{ state: 'UNDELIVERABLE', problems: ['currency: unknown.'] }, 'failed', 'currency: unknown.'],
  ] as const)('%j', (more, outcome, seen) => {
    const finding = judgeOrder(
      { ...SALE, ...more, problems: 'problems' in more ? [...more.problems] : [] },
      ID,
    );
    expect(finding).toMatchObject({ step: 'order', outcome });
    expect(finding.seen).toContain(seen);
    expect(finding.fix === null).toBe(outcome === 'proved');
  });

  it('is never that of nobody', () => {
    expect(judgeOrder({ ...SALE, clickId: null, problems: [] }, null).outcome).toBe('failed');
  });

  it.each([
    ['order', null, 'an order with the click of the link'],
    ['order', 'A-1', 'order A-1 in the ledger'],
    ['submission', 'A-1', 'order A-1 is sent to impact.com'],
  ] as const)('that does not come: %s %s', (step, orderId, expected) => {
    expect(stuckFinding(step, orderId)).toMatchObject({
      step,
      outcome: 'failed',
      expected,
      fix: expect.stringContaining('--resume'),
    });
  });
});
