import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../../config/index.js';
import type { TestRoute } from '../../operations/index.js';
import { currencyDecimals } from '../../wire/index.js';
import { webAddress } from '../option.readers.js';

export interface VerifyOptions {
  readonly link?: URL;
  readonly landing?: URL;
  readonly partner?: string;
  readonly checkoutHost?: string;
  readonly order?: string;
  readonly synthetic?: boolean;
  readonly eventType?: readonly string[];
  readonly promoCode?: string;
  readonly currency: string;
  readonly via: TestRoute;
  readonly confirm?: 'yes' | 'no';
  readonly drive?: boolean;
  readonly keep?: boolean;
  readonly browser?: string;
  readonly report?: string;
  readonly state: string;
  readonly resume?: boolean;
  /** Milliseconds. */
  readonly timeout: number;
}

export const STATE_FILE = '.impact-verify.json';

export const addVerifyOptions = (command: Command): Command =>
  command
    .option('--link <url>', 'the tracking link to follow', webAddress)
    .option('--landing <url>', 'sandbox: your page that a link is made to', webAddress)
    .option('--partner <id>', "the link's partner, where the link does not say", digits)
    .option('--checkout-host <host>', 'where people pay, if on another host', hostName)
    .option('--order <id>', 'your order; default: the newest with the click')
    .option('--synthetic', 'record orders itself: with and without code')
    .option('--event-type <id>', 'expected one; --synthetic: several, repeat it', several)
    .option('--promo-code <code>', "--synthetic: a code of the link's partner")
    .option('--currency <code>', '--synthetic: of its orders', currencyCode, 'USD')
    .addOption(
      new Option('--via <route>', 'whose link it is')
        .choices(['test-partner', 'test-actions'])
        .default('test-partner'),
    )
    .addOption(new Option('--confirm <answer>', 'what Test Actions show').choices(['yes', 'no']))
    .option('--drive', 'send and look up here, beside or without the app')
    .option('--keep', 'neither change nor reverse the order')
    .option('--browser <path>', 'Chromium or Chrome; none: do without')
    .option('--report <folder>', 'write the hand-over: Markdown and HTML')
    .option('--state <file>', 'where the run is kept', STATE_FILE)
    .option('--resume', 'go on with the run that is kept there')
    .addOption(
      new Option('--timeout <duration>', 'longest wait for each thing')
        .argParser(durationOf)
        .default(45 * 60_000, '45m'),
    );

function digits(text: string): string {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('Give up to 10 digits.');
  return text;
}

const several = (text: string, before: readonly string[] = []): string[] => [
  ...new Set([...before, digits(text)]),
];

function hostName(text: string): string {
  if (!URL.canParse(`https://${text}/`) || new URL(`https://${text}/`).host !== text.toLowerCase()) {
    throw new InvalidArgumentError('Give a host such as checkout.example.com, without https:// and path.');
  }
  return new URL(`https://${text}/`).hostname;
}

function currencyCode(text: string): string {
  if (currencyDecimals(text) === undefined)
    throw new InvalidArgumentError('Give an ISO 4217 code such as EUR.');
  return text;
}

function durationOf(text: string): number {
  try {
    return parseDuration(text, '--timeout');
  } catch {
    throw new InvalidArgumentError('Give a duration such as 30m.');
  }
}
