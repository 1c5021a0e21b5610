import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';

const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const { CHROMIUM_PATH } = process.env;
const EXECUTABLE = (CHROMIUM_PATH === undefined ? USUAL_PLACES : [CHROMIUM_PATH]).find(existsSync);

const PICTURES = fileURLToPath(new URL('../../.tmp/screenshots/', import.meta.url));

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };

export const HAS_CHROMIUM = EXECUTABLE !== undefined;

export const HOW_TO_GET_IT =
  'The browser tests were not run: there is no Chromium. Install one (Debian: apt-get install chromium), or set ' +
  'CHROMIUM_PATH to a Chromium or Chrome.';

/** `describe` for suites that need a browser. Where there is none, `chromium.spec.ts` says so and CI fails. */
export const describeInBrowser: (name: string, suite: () => void) => void = HAS_CHROMIUM
  ? describe
  : describe.skip;

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** With `SCREENSHOTS=1`: keeps what a page looks like, at both widths, in `.tmp/screenshots/`. */
export async function picture(page: Page, name: string): Promise<void> {
  if (process.env['SCREENSHOTS'] !== '1') return;
  await mkdir(PICTURES, { recursive: true });
  for (const [width, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    await page.setViewportSize(viewport);
    await page.screenshot({ path: `${PICTURES}${name}-${width}.png`, fullPage: true });
  }
  await page.setViewportSize(DESKTOP);
}

/** How many pixels a page is wider than a phone: 0 when nothing sticks out. */
export async function overflowOnPhone(page: Page): Promise<number> {
  await page.setViewportSize(PHONE);
  const overflow = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  await page.setViewportSize(DESKTOP);
  return overflow;
}
