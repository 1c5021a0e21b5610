import { describe, expect, it } from '@jest/globals';
import { decideVerdict, type Evidence, type SaleFacts } from './verdict.rules.js';

const MINUTE = 60_000;
const PATIENCE = { sweepInterval: 5 * MINUTE, giveUpAfter: 1000 * MINUTE };

const sale = (over: Partial<SaleFacts> = {}): SaleFacts => ({
  attributable: true,
  repeated: false,
  waiting: 20 * MINUTE,
  looks: 1,
  ...over,
});

const submission = (reasonCodes: string[], errorType: string | null = null): Evidence => ({
  status: 'COMPLETE',
  errorType,
  reasonCodes,
});

const LATE = { waiting: 1000 * MINUTE };

describe('decideVerdict', () => {
  it.each<[string, SaleFacts, Evidence, object]>([
    [
      'a reason code rejects it',
      sale(),
      submission(['CONTRACT_NOT_FOUND', 'RESTRICTED_PROMOCODE'], 'Contract Error'),
      {
        is: 'rejected',
        reasonCodes: ['CONTRACT_NOT_FOUND', 'RESTRICTED_PROMOCODE'],
        errorType: 'Contract Error',
      },
    ],
    [
      'an error type without a code rejects it',
      sale(),
      submission([], 'Validation'),
      { is: 'rejected', reasonCodes: [] },
    ],
    [
      'a duplicate after our own repeat waits for the action of the first attempt',
      sale({ repeated: true }),
      submission(['CONV_DUPLICATE']),
      { is: 'wait' },
    ],
    [
      'a duplicate after our own repeat is never a rejection',
      sale({ repeated: true, ...LATE }),
      submission(['CONV_DUPLICATE']),
      { is: 'missing' },
    ],
    ['a duplicate that nobody here caused waits too', sale(), submission(['CONV_DUPLICATE']), { is: 'wait' }],
    [
      'and is a rejection once no action came',
      sale(LATE),
      submission(['CONV_DUPLICATE']),
      { is: 'rejected' },
    ],
    ['nothing yet: wait', sale(), null, { is: 'wait', again: 10 * MINUTE }],
    ['still queued: wait', sale(), { status: 'QUEUED', errorType: null, reasonCodes: [] }, { is: 'wait' }],
    [
      'finished without an error and without an action: missing',
      sale(LATE),
      submission([]),
      { is: 'missing', submission: 'finished' },
    ],
    [
      'never decided on: missing, in other words',
      sale(LATE),
      { status: 'IN_PROGRESS', errorType: null, reasonCodes: [] },
      { is: 'missing', submission: 'undecided' },
    ],
    [
      'neither submission nor action: missing, in other words',
      sale(LATE),
      null,
      { is: 'missing', submission: 'unknown' },
    ],
    [
      'no click, no code, no action: unattributed',
      sale({ attributable: false, ...LATE }),
      null,
      { is: 'unattributed' },
    ],
  ])('%s', (_, facts, evidence, expected) => {
    expect(decideVerdict(facts, evidence, PATIENCE)).toMatchObject(expected);
  });

  it('stops looking for a missing action when the vendor has forgotten the submission', () => {
    const evidence = null;
    const after = (days: number) =>
      decideVerdict(sale({ waiting: days * 1440 * MINUTE }), evidence, PATIENCE);
    expect(after(89)).toMatchObject({ is: 'missing', again: 1440 * MINUTE });
    expect(after(90)).toMatchObject({ is: 'missing', again: null });
  });

  it('doubles the wait with each look, up to six hours', () => {
    const waits = [0, 1, 2, 5, 9, 40].map((looks) => {
      const verdict = decideVerdict(sale({ looks, waiting: 0 }), null, {
        ...PATIENCE,
        giveUpAfter: 10_000 * MINUTE,
      });
      return verdict.is === 'wait' ? verdict.again / MINUTE : verdict.is;
    });
    expect(waits).toEqual([5, 10, 20, 160, 360, 360]);
  });

  it('does not sleep past the moment of giving up', () => {
    const facts = sale({ looks: 30, waiting: 998 * MINUTE });
    expect(decideVerdict(facts, null, PATIENCE)).toEqual({
      is: 'wait',
      again: 2 * MINUTE,
    });
  });
});
