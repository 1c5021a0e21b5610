import type { KeptCorrection } from './kept-correction.js';
import type { PreparedChange, PreparedCorrectionItem, PreparedRefund } from './correction.reader.js';
import { currencyDecimals } from './currency.table.js';
import { readMoney } from './money.rules.js';
import { divided, shared } from './share.rules.js';
import type { SoldLine, SoldSale } from './sold-lines.rules.js';

export interface WorthLine {
  readonly sku: string;
  readonly quantity: number;
  /** Minor units. */
  readonly amount: bigint;
  /** What the line was last priced at: units that come back are worth their share of it, to the cent. */
  readonly priced: { readonly quantity: number; readonly amount: bigint };
  /** A correction was about it, so the vendor may show something else than what was sold. */
  readonly touched: boolean;
}

/** What a sale is worth after some of its corrections: absolute, whatever was sent before. */
export interface Worth {
  /** Minor units of the sale's currency. */
  readonly amount: bigint;
  /** Empty when the sale was reported as one amount. */
  readonly lines: readonly WorthLine[];
  /** The action is to be reversed: nothing of it is left. */
  readonly gone: boolean;
  /** As it was first reported, or put back to that. */
  readonly first: boolean;
  /** The last change of its worth was about lines. */
  readonly byLine: boolean;
  /** It differs from what was sold in quantities alone. */
  readonly byQuantity: boolean;
  /** Lines that nobody has touched are worth to the vendor what they are worth here. */
  readonly exactLines: boolean;
  /** `null`: whatever it was. */
  readonly customerStatus: string | null;
}

/** What one correction makes of a sale. */
export interface WorthStep {
  /** As before when the correction cannot be applied. */
  readonly worth: Worth;
  /** What a person may want to know. */
  readonly notes: readonly string[];
  /** Why it cannot be applied; empty when it can. */
  readonly problems: readonly string[];
}

export function firstWorth(sold: SoldSale): Worth {
  return {
    amount: sold.amount,
    lines: sold.lines.map(({ sku, quantity, amount }) => ({
      sku,
      quantity,
      amount,
      priced: { quantity, amount },
      touched: false,
    })),
    gone: false,
    first: true,
    byLine: false,
    byQuantity: true,
    exactLines: !sold.spread,
    customerStatus: sold.customerStatus,
  };
}

/** What a sale is worth after each of its corrections. */
export function foldCorrections(sold: SoldSale, corrections: readonly KeptCorrection[]): WorthStep[] {
  let worth = firstWorth(sold);
  return corrections.map((correction) => {
    const step = foldCorrection(sold, worth, correction);
    worth = step.worth;
    return step;
  });
}

/** What a sale is worth after one more correction. */
export function foldCorrection(sold: SoldSale, worth: Worth, correction: KeptCorrection): WorthStep {
  switch (correction.kind) {
    case 'reverse':
      return step(nothingOf(worth));
    case 'refund':
      return refunded(sold, worth, correction.target);
    case 'modify':
      return changed(sold, worth, correction.target);
  }
}

/** Skus that a correction names and the sale has not. */
export function unknownSkus(sold: SoldSale, correction: KeptCorrection): string[] {
  const items = correction.kind === 'reverse' ? [] : (correction.target.items ?? []);
  const known = new Set(sold.lines.map(({ sku }) => sku));
  return items.map(({ sku }) => sku).filter((sku) => !known.has(sku));
}

function refunded(sold: SoldSale, worth: Worth, { amount, items }: Omit<PreparedRefund, 'key'>): WorthStep {
  if (items !== undefined) return withItems(sold, worth, items, returnedLine);
  const given = moneyOf(amount, sold.currency);
  if (typeof given === 'string') return impossible(worth, given);
  const left = worth.amount - given;
  const notes = left < 0n ? [tooMuch(`the order`)] : [];
  return step(settled(sold, withTotal(sold, worth, left < 0n ? 0n : left)), notes);
}

function changed(sold: SoldSale, worth: Worth, change: Omit<PreparedChange, 'key'>): WorthStep {
  if (change.restore === true) return step(firstWorth(sold));
  const status = change.customerStatus ?? worth.customerStatus;
  const before: Worth = { ...worth, customerStatus: status };
  if (change.items !== undefined) {
    const result = withItems(sold, before, change.items, changedLine);
    return result.problems.length > 0 ? { ...result, worth } : result;
  }
  if (change.amount === undefined) return step(before);
  const amount = moneyOf(change.amount, sold.currency);
  if (typeof amount === 'string') return impossible(worth, amount);
  return step(settled(sold, withTotal(sold, before, amount)));
}

type LineEdit = (
  line: WorthLine,
  item: { readonly quantity: number; readonly amount: bigint | null },
  sold: SoldLine,
) => { readonly line: WorthLine; readonly clamped: boolean };

function withItems(
  sold: SoldSale,
  worth: Worth,
  items: readonly PreparedCorrectionItem[],
  edit: LineEdit,
): WorthStep {
  const lines = new Map(worth.lines.map((line) => [line.sku, line]));
  const problems: string[] = [];
  const notes: string[] = [];
  let quantitiesAlone = true;
  for (const item of items) {
    const line = lines.get(item.sku);
    const soldLine = sold.lines.find(({ sku }) => sku === item.sku);
    const amount = item.amount === undefined ? null : moneyOf(item.amount, sold.currency);
    if (line === undefined || soldLine === undefined) {
      problems.push(`The sale has no line with the sku ${JSON.stringify(item.sku)}.`);
    } else if (typeof amount === 'string') {
      problems.push(amount);
    } else {
      const edited = edit(line, { quantity: item.quantity, amount }, soldLine);
      if (edited.clamped) notes.push(tooMuch(`the line ${JSON.stringify(item.sku)}`));
      lines.set(item.sku, { ...edited.line, touched: true });
      quantitiesAlone &&= amount === null;
    }
  }
  if (problems.length > 0) return { worth, notes: [], problems };
  const next: Worth = {
    ...worth,
    amount: [...lines.values()].reduce((sum, line) => sum + line.amount, 0n),
    lines: [...lines.values()],
    gone: false,
    first: false,
    byLine: true,
    byQuantity: worth.byQuantity && quantitiesAlone,
  };
  return step(settled(sold, next), notes);
}

const returnedLine: LineEdit = (line, item) => {
  const quantity = Math.max(0, line.quantity - item.quantity);
  if (item.amount === null) {
    return {
      line: { ...line, quantity, amount: pricedAt(line, quantity) },
      clamped: item.quantity > line.quantity,
    };
  }
  const amount = line.amount > item.amount ? line.amount - item.amount : 0n;
  return {
    line: { ...line, quantity, amount, priced: { quantity, amount } },
    clamped: item.quantity > line.quantity || item.amount > line.amount,
  };
};

const changedLine: LineEdit = (line, item, sold) => {
  const { quantity } = item;
  if (item.amount !== null) {
    const { amount } = item;
    return { line: { ...line, quantity, amount, priced: { quantity, amount } }, clamped: false };
  }
  // A line that is gone has no price of its own any more: it comes back at the price it was sold at.
  const priced = line.priced.quantity === 0 ? { quantity: sold.quantity, amount: sold.amount } : line.priced;
  return { line: { ...line, quantity, priced, amount: pricedAt({ priced }, quantity) }, clamped: false };
};

const pricedAt = ({ priced }: Pick<WorthLine, 'priced'>, quantity: number): bigint =>
  priced.quantity === 0 ? 0n : divided(priced.amount * BigInt(quantity), BigInt(priced.quantity));

/** The lines share a new total as they shared the old one, or what was sold when nothing of that is left. */
function withTotal(sold: SoldSale, worth: Worth, amount: bigint): Worth {
  const lines = worth.amount > 0n ? worth.lines : firstWorth(sold).lines;
  const amounts = shared(
    amount,
    lines.map((line) => line.amount),
  );
  return {
    ...worth,
    amount,
    lines: lines.map((line, index) => {
      const priced = { quantity: line.quantity, amount: amounts[index]! };
      return { ...line, amount: amounts[index]!, priced, touched: true };
    }),
    gone: false,
    first: false,
    byLine: false,
    byQuantity: false,
    exactLines: false,
  };
}

/** Nothing left of a sale that was worth something is a reversal (docs/vendor-contract.md §5.4). */
const settled = (sold: SoldSale, worth: Worth): Worth =>
  worth.amount === 0n && sold.amount > 0n ? nothingOf(worth) : worth;

const nothingOf = (worth: Worth): Worth => ({
  ...worth,
  amount: 0n,
  lines: worth.lines.map((line) => ({ ...line, quantity: 0, amount: 0n, touched: true })),
  gone: true,
  first: false,
});

function moneyOf(value: string | undefined, currency: string): bigint | string {
  const decimals = currencyDecimals(currency);
  if (decimals === undefined) return `The sale's currency ${JSON.stringify(currency)} is not known.`;
  const reading = readMoney(value, currency, decimals);
  return reading.ok ? reading.minor : `Its amount ${reading.what}.`;
}

const tooMuch = (of: string): string =>
  `More was given back than ${of} was still worth: nothing of it is left.`;
const step = (worth: Worth, notes: readonly string[] = []): WorthStep => ({ worth, notes, problems: [] });
const impossible = (worth: Worth, problem: string): WorthStep => ({ worth, notes: [], problems: [problem] });
