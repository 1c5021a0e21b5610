import { setTimeout as delay } from 'node:timers/promises';
import { type Conversion, ConversionService } from 'nestjs-impact';
import { DataSource } from 'typeorm';
import { OrdersService } from '../../examples/store/src/orders/orders.service.js';
import { Browser } from './browser.js';
import {
  type Check,
  compareCredited,
  compareOrganic,
  comparePartlyRefunded,
  compareRejected,
  type Sides,
} from './comparison.rules.js';
import { showAction, showCorrection, showHops, showRequest, showSubmission } from './exhibits.js';
import { rowsBehind } from './rows.js';
import { arrive, buy, CLICK_COOKIE, fillCart, type Purchase, signIn } from './shoppers.js';
import { ACCOUNT_CURRENCY, PAYMENT_NOTICE_AFTER, type Stage } from './stage.js';
import type { Terminal } from './terminal.js';

const PARTNER = { id: '1234502', name: 'Slow Coffee Journal' };
const OTHER_PARTNER = { id: '1234501', name: 'Bargain Harbour' };
const WITHOUT_CONTRACT = { id: '1234504', name: 'No Contract Ltd' };
const RETURNED = { sku: 'BEANS-KONGA-250', quantity: 1 };
const PATIENCE_MS = 20_000;
const MOVING: ReadonlySet<Conversion['state']> = new Set(['RECORDED', 'SENT']);

/** Four shoppers, four sales, a refund, and what impact.com made of them. */
export class Tour {
  readonly #conversions: ConversionService;
  readonly #orders: OrdersService;
  readonly #rows: DataSource;

  constructor(
    private readonly stage: Stage,
    private readonly terminal: Terminal,
  ) {
    const { app } = stage.store;
    this.#conversions = app.get(ConversionService);
    this.#orders = app.get(OrdersService, { strict: false });
    this.#rows = app.get(DataSource);
  }

  /** Whether everything agreed. */
  async run(): Promise<boolean> {
    const purchases = [
      await this.#guest(),
      await this.#customer(),
      await this.#organic(),
      await this.#withoutContract(),
    ];
    await this.#payments(purchases);
    await this.#showRows(purchases);
    await this.#verdicts(purchases);
    await this.#showOtherSide(purchases);
    const agreed = await this.#compare(purchases);
    return (await this.#refund(purchases)) && agreed;
  }

  async #guest(): Promise<Purchase> {
    const { terminal, stage } = this;
    terminal.step(`A guest follows a link of "${PARTNER.name}" and buys`);
    const browser = new Browser();
    const link = stage.sandbox.trackingLink({
      landingUrl: `${stage.store.url}/products/hand-grinder`,
      partnerId: PARTNER.id,
    });
    const { hops, clickId } = await arrive(browser, link);
    showHops(terminal, hops);
    const items = { 'GRINDER-H1': 1, 'BEANS-KONGA-250': 2, 'FILTER-100': 1 };
    await fillCart(browser, stage.store.url, items, ['GRIND15', 'COFFEE5']);
    const orderNumber = await buy(browser, stage.store.url, 'Grace Guest');
    terminal.say(
      `She puts three articles in her cart, with a code for the grinder (GRIND15) and one for the order (COFFEE5), ` +
        `and checks out as a guest: order ${orderNumber}. bind({ order }) ties her click to it.`,
    );
    return { title: 'The guest, in dollars, with both codes', orderNumber, clickId, partnerId: PARTNER.id };
  }

  async #customer(): Promise<Purchase> {
    const { terminal, stage } = this;
    const shop = stage.store.url;
    terminal.step('A customer clicks on her phone and buys on her laptop, in yen');
    const phone = new Browser();
    const link = stage.sandbox.trackingLink({ landingUrl: `${shop}/`, partnerId: OTHER_PARTNER.id });
    const { clickId } = await arrive(phone, link);
    await signIn(phone, shop, 'Yuki');
    const laptop = new Browser();
    await signIn(laptop, shop, 'Yuki');
    await fillCart(laptop, shop, { 'DRIPPER-MINO': 1 });
    const orderNumber = await buy(laptop, shop, 'Yuki');
    terminal.pairs([
      [
        'Phone',
        `follows a link of "${OTHER_PARTNER.name}" and signs in: bind({ customer }) ties the click to her`,
      ],
      [
        'Laptop',
        `no click, no cookie of ours (${CLICK_COOKIE}: ${laptop.cookie(CLICK_COOKIE) ?? 'none'}); signs in`,
      ],
      ['', `and orders one article for ¥6,800: order ${orderNumber}`],
    ]);
    return {
      title: 'The customer, in yen, on another device',
      orderNumber,
      clickId,
      partnerId: OTHER_PARTNER.id,
    };
  }

  async #organic(): Promise<Purchase> {
    const { terminal, stage } = this;
    terminal.step('Somebody comes by himself');
    const browser = new Browser();
    await signIn(browser, stage.store.url, 'Otto');
    await fillCart(browser, stage.store.url, { 'KETTLE-06': 1 });
    const orderNumber = await buy(browser, stage.store.url, 'Otto');
    terminal.say(
      `No partner, no code: order ${orderNumber}. It is reported too; nobody should be paid for it.`,
    );
    return { title: 'The sale without a partner', orderNumber, clickId: null, partnerId: null };
  }

  async #withoutContract(): Promise<Purchase> {
    const { terminal, stage } = this;
    terminal.step('Somebody comes from a partner who has no contract any more');
    const browser = new Browser();
    const link = stage.sandbox.trackingLink({
      landingUrl: `${stage.store.url}/`,
      partnerId: WITHOUT_CONTRACT.id,
    });
    const { clickId } = await arrive(browser, link);
    await fillCart(browser, stage.store.url, { 'FILTER-100': 2 });
    const orderNumber = await buy(browser, stage.store.url, 'Nora');
    terminal.say(
      `The link of "${WITHOUT_CONTRACT.name}" still works, and impact.com will queue the sale like any other: ` +
        `order ${orderNumber}. What becomes of it is decided later.`,
    );
    return { title: 'The sale that impact.com rejects', orderNumber, clickId, partnerId: null };
  }

  async #payments(purchases: readonly Purchase[]): Promise<void> {
    const { terminal } = this;
    terminal.step('The payment company tells the shop, late and without a cookie');
    const paid = async (): Promise<number> => {
      const orders = await Promise.all(purchases.map(({ orderNumber }) => this.#orders.get(orderNumber)));
      return orders.filter(({ paidAt }) => paidAt !== null).length;
    };
    let count = 0;
    const all = until(async () => (count = await paid()) === purchases.length);
    const label = `POST /webhooks/payment, ${PAYMENT_NOTICE_AFTER / 1000} s after each payment`;
    await terminal.during(label, all, () => `${count} of ${purchases.length} orders are paid`);
    terminal.say('record(sale, { manager }) wrote each sale in the transaction that marked its order paid.');
  }

  async #showRows([guest]: readonly Purchase[]): Promise<void> {
    if (guest === undefined) return;
    this.terminal.step(`The rows behind ${guest.orderNumber}`);
    for (const [table, row] of await rowsBehind(this.#rows, guest.orderNumber)) {
      this.terminal.heading(table);
      this.terminal.pairs(row);
    }
  }

  async #verdicts(purchases: readonly Purchase[]): Promise<void> {
    const { terminal } = this;
    terminal.step('Sent, queued, decided');
    let states = '';
    const settled = until(async () => {
      const sales = await Promise.all(
        purchases.map(({ orderNumber }) => this.#conversions.find(orderNumber)),
      );
      states = sales.map((sale) => sale?.state ?? 'none').join(', ');
      return sales.every((sale) => sale !== null && !MOVING.has(sale.state));
    });
    await terminal.during('Waiting for the verdicts', settled, () => states);
    for (const { title, orderNumber } of purchases) {
      const story = await this.#conversions.explain(orderNumber);
      terminal.heading(title);
      terminal.say(story.attribution);
      terminal.pairs(story.lines.map(({ at, words }) => [at.toISOString().slice(11, 23), words]));
      if (story.advice !== null) terminal.say(`What to do: ${story.advice}`);
    }
  }

  async #showOtherSide([guest]: readonly Purchase[]): Promise<void> {
    if (guest === undefined) return;
    const { terminal, stage } = this;
    const { sandbox } = stage;
    const belongs = ({ orderId }: { orderId: string }): boolean => orderId === guest.orderNumber;
    terminal.step(`What impact.com saw of ${guest.orderNumber}`);
    const request = (await sandbox.requests()).find(
      ({ operation, parameters }) =>
        operation === 'conversions' && parameters['OrderId'] === guest.orderNumber,
    );
    if (request !== undefined) showRequest(terminal, request, sandbox.credentials.accountSid);
    for (const submission of (await sandbox.submissions()).filter(belongs)) {
      showSubmission(terminal, submission);
    }
    for (const action of (await sandbox.actions()).filter(belongs)) showAction(terminal, action);
  }

  async #compare(purchases: readonly Purchase[]): Promise<boolean> {
    const { terminal } = this;
    terminal.step('The shop’s orders beside impact.com’s actions, field by field');
    const findings: Check[] = [];
    for (const purchase of purchases) {
      terminal.heading(`${purchase.title}: ${purchase.orderNumber}`);
      const sides = await this.#sides(purchase);
      const checks =
        purchase.partnerId !== null
          ? compareCredited(sides)
          : purchase.clickId === null
            ? compareOrganic(sides)
            : compareRejected(sides);
      this.#show(checks);
      findings.push(...checks);
    }
    const different = findings.filter(({ holds }) => !holds);
    terminal.blank();
    terminal.check(
      different.length === 0,
      different.length === 0
        ? `All ${findings.length} fields of ${purchases.length} orders agree.`
        : `${different.length} of ${findings.length} fields differ: ${different.map(({ field }) => field).join(', ')}.`,
    );
    return different.length === 0;
  }

  /** One of two bags comes back: what the partner earns is corrected, and only what impact.com shows counts. */
  async #refund([guest]: readonly Purchase[]): Promise<boolean> {
    if (guest === undefined) return false;
    const { terminal, stage } = this;
    const { orderNumber } = guest;
    const belongs = ({ orderId }: { orderId: string }): boolean => orderId === orderNumber;
    terminal.step(`One bag of ${orderNumber} comes back`);
    const [before] = (await stage.sandbox.actions()).filter(belongs);
    await this.#conversions.refund(orderNumber, { key: 'return-1', items: [RETURNED] });
    terminal.say(
      `refund(order, { key: 'return-1', items: [${RETURNED.quantity} × ${RETURNED.sku}] }) stores it; the rest is ` +
        'not the request’s business.',
    );
    let state = '';
    const confirmed = until(async () => {
      const story = await this.#conversions.explain(orderNumber);
      state = story.corrections.map((correction) => correction.state).join(', ');
      return state === 'confirmed';
    });
    await terminal.during('Waiting until the action shows it', confirmed, () => state);
    const story = await this.#conversions.explain(orderNumber);
    const lines = story.lines.filter(({ what }) => what.startsWith('correction'));
    terminal.pairs(lines.map(({ at, words }) => [at.toISOString().slice(11, 23), words]));
    const request = (await stage.sandbox.requests()).find(({ operation }) => operation === 'corrections');
    if (request !== undefined) showCorrection(terminal, request, stage.sandbox.credentials.accountSid);
    const sides = await this.#sides(guest);
    for (const action of sides.actions) showAction(terminal, action);
    const checks = comparePartlyRefunded(sides, before, RETURNED, state);
    this.#show(checks);
    return checks.every(({ holds }) => holds);
  }

  #show(checks: readonly Check[]): void {
    for (const { field, shop, impact, holds, note } of checks) {
      const both = holds ? shop : `the shop has ${shop}, impact.com has ${impact}`;
      this.terminal.check(holds, `${field.padEnd(24)}${both}${note === undefined ? '' : `, ${note}`}`);
    }
  }

  async #sides({ orderNumber, clickId, partnerId }: Purchase): Promise<Sides> {
    const { sandbox } = this.stage;
    const belongs = ({ orderId }: { orderId: string }): boolean => orderId === orderNumber;
    return {
      order: await this.#orders.get(orderNumber),
      conversion: await this.#conversions.find(orderNumber),
      submissions: (await sandbox.submissions()).filter(belongs),
      actions: (await sandbox.actions()).filter(belongs),
      clickId,
      partnerId,
      accountCurrency: ACCOUNT_CURRENCY,
    };
  }
}

/** Asks until it holds, for at most {@link PATIENCE_MS}. What did not come true shows in the comparison. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await holds()) && Date.now() < deadline) await delay(100);
}
