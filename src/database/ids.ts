import { randomFillSync } from 'node:crypto';

/** Ids of one millisecond count up, so that rows written one after the other sort that way. */
const MOST_PER_MILLISECOND = 0xfff;
let lastTime = 0;
let counter = 0;

/** Random bytes are cheap by the thousand and dear by the dozen. */
const random = Buffer.alloc(4096);
let used = random.length;

function randomBytes(size: number): Buffer {
  if (used + size > random.length) {
    randomFillSync(random);
    used = 0;
  }
  const bytes = Buffer.from(random.subarray(used, used + size));
  used += size;
  return bytes;
}

/** A UUID of version 7 (RFC 9562): ordered by time, so that new rows land at the end of an index. */
export function newId(): string {
  const now = Date.now();
  if (now > lastTime) {
    lastTime = now;
    counter = 0;
  } else if (++counter > MOST_PER_MILLISECOND) {
    lastTime += 1;
    counter = 0;
  }
  const bytes = randomBytes(16);
  bytes.writeUIntBE(lastTime, 0, 6);
  bytes.writeUInt16BE(0x7000 | counter, 6);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
