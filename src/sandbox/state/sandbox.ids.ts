import { randomBytes } from 'node:crypto';

const CLICK_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:-';
const CLICK_LENGTH = 39;

/** Makes every id of the sandbox; with a seed, the same ones on each run. */
export class SandboxIds {
  private readonly byte: () => number;
  private actionNumber = 158_133;
  private updateNumber = 95_095_059;

  constructor(seed: number | null) {
    this.byte = seed === null ? randomPool() : seededBytes(seed);
  }

  /** Shaped like real ones: 39 characters, `xy` at 9, `Uk` at 24, a final `0` (docs/vendor-contract.md §8.2). */
  click(): string {
    const characters = Array.from({ length: CLICK_LENGTH }, () => CLICK_ALPHABET[this.byte() % 64] ?? 'A');
    characters.splice(9, 2, 'x', 'y');
    characters.splice(24, 2, 'U', 'k');
    characters[CLICK_LENGTH - 1] = '0';
    return characters.join('');
  }

  submission(): string {
    const bytes = Array.from({ length: 16 }, () => this.byte());
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
    return `A-${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  action(programId: string): string {
    return `${programId}.4636.${this.actionNumber++}`;
  }

  update(actionId: string): string {
    return `${actionId}.${this.updateNumber++}`;
  }

  /** Takes the place of the macro `IR_AN_64_TS` in an order id. */
  order(now: Date): string {
    return `IR${now.getTime()}${this.submission().slice(2, 10)}`;
  }
}

/** Fetched by the thousand: one by one they would cost more than the rest of a conversion. */
function randomPool(): () => number {
  let pool = randomBytes(0);
  let at = 0;
  return () => {
    if (at >= pool.length) {
      pool = randomBytes(4_096);
      at = 0;
    }
    return pool[at++] ?? 0;
  };
}

/** mulberry32: small, and good enough for ids that only have to differ. */
function seededBytes(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 16) & 0xff;
  };
}
