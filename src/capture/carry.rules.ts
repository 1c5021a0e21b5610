import type { RequestClick } from '../clicks/index.js';
import { CARRIED_AT } from './landing.rules.js';

export interface CarryOptions {
  /** Parameter that the other domain reads. Default `im_ref`. */
  readonly parameter?: string;
}

/**
 * A link to another domain of the shop that takes the visitor's click along; the other domain takes it
 * through its ordinary capture. Without a click the link comes back as it is.
 *
 * The time of capture goes along so that crossing over does not make an old click the last one. It is
 * believed only where it can do nothing but make the click older: never under `first-click`, never when
 * it lies in the future or outside the window. The rest of the link stays as it is, byte for byte.
 *
 * @example
 * carryClick('https://checkout.example.com/start', requestContext.current())
 */
export function carryClick(
  url: string,
  click: Pick<RequestClick, 'clickId' | 'capturedAt'> | null,
  { parameter = 'im_ref' }: CarryOptions = {},
): string {
  if (click === null) return url;
  const hash = url.indexOf('#');
  const target = hash === -1 ? url : url.slice(0, hash);
  const fragment = hash === -1 ? '' : url.slice(hash);
  const question = target.indexOf('?');
  const base = question === -1 ? target : target.slice(0, question);
  const ours = new Set([parameter, CARRIED_AT]);
  const others = (question === -1 ? '' : target.slice(question + 1))
    .split('&')
    .filter((pair) => pair !== '' && !ours.has(pair.split('=', 1)[0]!));
  // A bare clickid counts only beside irgwc.
  if (parameter === 'clickid' && !others.some((pair) => pair.split('=', 1)[0] === 'irgwc'))
    others.push('irgwc=1');
  const query = [
    ...others,
    `${parameter}=${encodeURIComponent(click.clickId)}`,
    `${CARRIED_AT}=${click.capturedAt.getTime().toString(36)}`,
  ];
  return `${base}?${query.join('&')}${fragment}`;
}
