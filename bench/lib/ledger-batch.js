// One batch of claim and complete, by the package's ledger and by its statements through the driver.
import { internal } from './package.js';
import { ACCOUNT, ENVIRONMENT, openShop } from './shop.js';
import { spyOn } from './spy.js';

const { DeliveryLedger } = await internal('ledger/index.js');
const { newId } = await internal('database/ids.js');

const STAMP = { account: ACCOUNT, environment: ENVIRONMENT };
const DAY = 86_400_000;
const BEGINNING = { dueAt: 0, id: '' };
/** A place before every row that is recognised among the values of a statement. */
const MARK = { dueAt: 4_242_424_242, id: '00000000-0000-0000-0000-00000000mark' };

const wish = (after, limit) => ({ priority: 0, after, limit, lease: 90_000, maxAge: 30 * DAY });
const sent = (delivery, index) => ({
  delivery,
  outcome: { is: 'sent', submissionId: `A-${index}`, actionId: null, pause: null, reached: ['all', 'sales'] },
});

/**
 * @param queue `{ place }`: where the last batch ended.
 * @param options.fromBeginning every claim is the first of its drain.
 * @returns a batch, which answers the milliseconds that its claim took.
 */
export async function ledgerBatch(shop, queue, limit, { fromBeginning = false } = {}) {
  const ledger = shop.get(DeliveryLedger);
  return async () => {
    const after = fromBeginning ? BEGINNING : (queue.place ?? BEGINNING);
    const started = performance.now();
    const { claimed, last } = await ledger.claim(STAMP, wish(after, limit));
    const claim = performance.now() - started;
    if (claimed.length !== limit) throw new Error(`Claimed ${claimed.length} of ${limit} rows.`);
    await ledger.finish(STAMP, claimed.map(sent), DAY);
    queue.place = last;
    return { claim };
  };
}

/** Many batches as the dispatcher works: the next rows are claimed while outcomes are still being written. */
export async function overlapped(shop, queue, limit, batches) {
  const ledger = shop.get(DeliveryLedger);
  let writing = Promise.resolve();
  for (let done = 0; done < batches; done += 1) {
    const { claimed, last } = await ledger.claim(STAMP, wish(queue.place ?? BEGINNING, limit));
    if (claimed.length !== limit) throw new Error(`Claimed ${claimed.length} of ${limit} rows.`);
    queue.place = last;
    await writing;
    writing = ledger.finish(STAMP, claimed.map(sent), DAY);
  }
  await writing;
}

/** What an idle process asks. */
export function ledgerLook(shop) {
  const ledger = shop.get(DeliveryLedger);
  return () => ledger.look(STAMP, { 0: BEGINNING, 1: BEGINNING, 2: BEGINNING });
}

/** The statements of one batch, as the package sends them. */
export async function captureTemplate(database, queue, limit) {
  const shop = await openShop(database);
  try {
    const ledger = shop.get(DeliveryLedger);
    const spy = spyOn(shop.dataSource);
    let result;
    const claim = await spy.during(async () => (result = await ledger.claim(STAMP, wish(MARK, limit))));
    const finish = await spy.during(() => ledger.finish(STAMP, result.claimed.map(sent), DAY));
    queue.place = result.last;
    return { claim, finish, claimed: result.claimed };
  } finally {
    await shop.close();
  }
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Sends the statements again, for the rows that they claim this time. */
export function rawBatch(raw, { kind }, { claim, finish, claimed }, queue) {
  // SQLite's driver wraps groups of statements itself, unseen by the spy.
  const group = async (statements, each) => {
    if (kind === 'sqlite') await raw.query('BEGIN IMMEDIATE');
    for (const statement of statements) await each(statement);
    if (kind === 'sqlite') await raw.query('COMMIT');
  };
  return async () => {
    const known = new Map([[claimed[0].token, newId()]]);
    const translate = (value) => {
      if (value === MARK.dueAt) return queue.place.dueAt;
      if (value === MARK.id) return queue.place.id;
      return typeof value === 'string' ? value.replaceAll(UUID, (id) => known.get(id) ?? id) : value;
    };
    const send = ({ sql, values }) => raw.query(sql, values.map(translate));

    let rows = null;
    await group(claim, async (statement) => {
      const answer = await send(statement);
      // The first answer with rows is the claim itself.
      if (rows !== null || !Array.isArray(answer) || answer.length === 0) return;
      rows = answer;
      for (const row of rows) row.due_at = Number(row.due_at);
      rows.sort((a, b) => a.due_at - b.due_at || (a.id < b.id ? -1 : 1));
      for (const [index, { id, conversion }] of claimed.entries()) {
        known.set(id, rows[index].id);
        known.set(conversion, rows[index].conversion);
      }
    });
    if (rows?.length !== claimed.length)
      throw new Error(`Claimed ${rows?.length} of ${claimed.length} rows.`);
    await group(finish, send);
    const { due_at: dueAt, id } = rows.at(-1);
    queue.place = { dueAt, id };
  };
}
