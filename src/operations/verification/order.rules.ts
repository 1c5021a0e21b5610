import type { ConversionRow } from '../../ledger/index.js';
import type { Finding } from './verification.types.js';

type Sale = Pick<ConversionRow, 'orderId' | 'state' | 'clickId' | 'attributedBy' | 'problems'>;

const ATTRIBUTED: Readonly<Record<NonNullable<Sale['attributedBy']>, string>> = {
  explicit: 'given by the app',
  order: 'tied to the order',
  subscription: 'tied to the subscription',
  request: 'of the buyer’s request',
  customer: 'of the customer',
};

/** Is the sale in the ledger this run's own, and will it be sent? */
export function judgeOrder(sale: Sale, clickId: string | null): Finding {
  const expected = `an order with click ${clickId}`;
  const fail = (seen: string, fix: string): Finding => ({
    step: 'order',
    outcome: 'failed',
    expected,
    seen: `order ${sale.orderId}: ${seen}`,
    fix,
  });
  if (sale.state === 'UNDELIVERABLE') {
    return fail(
      sale.problems.join(' ') || 'it cannot be sent',
      'Mend what the app gives to record(); nestjs-impact explain shows it.',
    );
  }
  if (sale.clickId === null || sale.clickId !== clickId) {
    return fail(
      sale.clickId === null ? 'it has no click' : 'it has another click',
      'Open the landing page that verify shows, in a private window, and place the order there. If you did: call bind({ order }) at checkout, and look at what nestjs-impact explain says of the click.',
    );
  }
  if (sale.state === 'DRY_RUN') {
    return fail(
      'it is kept in dry-run',
      'Set IMPACT_MODE=live (against the sandbox or the account) for the running app, then place another order.',
    );
  }
  if (sale.state === 'SKIPPED') {
    return fail(
      'it is not sent, on purpose',
      'Look at what nestjs-impact explain says: a test order needs the click of a test partner (recording.test).',
    );
  }
  if (sale.state === 'CANCELLED')
    return fail('it was taken back before it was sent', 'Place another test order.');
  const how = sale.attributedBy === null ? '' : `, ${ATTRIBUTED[sale.attributedBy]}`;
  return { step: 'order', outcome: 'proved', expected, seen: `order ${sale.orderId}${how}`, fix: null };
}

/** What was waited for did not come. */
export function stuckFinding(step: 'order' | 'submission', orderId: string | null): Finding {
  if (step === 'submission') {
    return {
      step,
      outcome: 'failed',
      expected: `order ${orderId} is sent to impact.com`,
      seen: 'it still waits',
      fix: 'Start the app, or give --drive; nestjs-impact status shows what holds it up. Then nestjs-impact verify --resume.',
    };
  }
  return {
    step,
    outcome: 'failed',
    expected: orderId === null ? 'an order with the click of the link' : `order ${orderId} in the ledger`,
    seen: 'none was recorded in time',
    fix: 'Place and pay it in the browser that opened the landing page; if you did, check that record() is called when it is paid, with bind({ order }) at checkout. Then nestjs-impact verify --resume.',
  };
}
