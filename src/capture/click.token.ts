import { isClickId } from '../clicks/index.js';

/** A click id and when it was captured: all that a cookie or a token carries. */
export interface TokenClick {
  readonly clickId: string;
  /** Epoch milliseconds. */
  readonly capturedAt: number;
}

const VERSION = '1';
const SHAPE = /^1\.([0-9a-z]{1,9})\.(.{1,64})$/;

/**
 * `1.<capture time, base 36>.<click id>`: the value of the cookie and the token that pages on another site
 * and apps send back.
 *
 * It is not signed: whoever wants to forge a click id can as well open the shop with it in the URL.
 */
export function encodeToken({ clickId, capturedAt }: TokenClick): string {
  return `${VERSION}.${capturedAt.toString(36)}.${clickId}`;
}

/**
 * `null` for whatever {@link encodeToken} did not make, and for a click older than the window.
 *
 * @param now epoch milliseconds; a capture time after it is taken for now, so that no token can claim to
 * be the last click for ever.
 * @param window milliseconds.
 */
export function decodeToken(value: string, now: number, window: number): TokenClick | null {
  const [, time, clickId] = SHAPE.exec(value) ?? [];
  if (time === undefined || !isClickId(clickId)) return null;
  const capturedAt = Math.min(Number.parseInt(time, 36), now);
  return now - capturedAt > window ? null : { clickId, capturedAt };
}
