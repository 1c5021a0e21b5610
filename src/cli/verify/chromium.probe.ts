import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { BrowserProbe, BrowserVisit, SeenCookie } from '../../operations/index.js';
import { DevToolsPipe } from './devtools.pipe.js';

const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/microsoft-edge',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** The browser that is installed; null when none is. */
export const findBrowser = (): string | null => USUAL_PLACES.find(existsSync) ?? null;

/** After a page is loaded its scripts are given this long. */
const AFTER_LOAD = 3_000;
const LOOK_EVERY = 100;

/** Chromium, Chrome or Edge without a window, in a profile that is thrown away. */
export class ChromiumProbe implements BrowserProbe {
  readonly name = 'Chromium';

  constructor(
    private readonly executable: string,
    private readonly signal: AbortSignal,
  ) {}

  async visit(
    url: string,
    { timeout, enough }: { timeout: number; enough: (cookies: readonly SeenCookie[]) => boolean },
  ): Promise<BrowserVisit> {
    const profile = await mkdtemp(join(tmpdir(), 'nestjs-impact-verify-'));
    const browser = this.#start(profile);
    const ended = new Promise<void>((resolve) => {
      browser.once('exit', () => resolve());
      browser.once('error', () => resolve());
    });
    const pipe = new DevToolsPipe(browser.stdio[3], browser.stdio[4], timeout);
    try {
      return await look(pipe, url, timeout, enough);
    } finally {
      pipe.close();
      browser.kill('SIGKILL');
      await ended;
      await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    }
  }

  #start(profile: string): ChildProcess {
    return spawn(
      this.executable,
      [
        '--headless=new',
        '--remote-debugging-pipe',
        `--user-data-dir=${profile}`,
        '--no-first-run',
        '--disable-gpu',
        '--disable-extensions',
        '--disable-sync',
        '--disable-background-networking',
        '--disable-component-update',
        // Chromium refuses to run as root with its sandbox, which is how containers run.
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        'about:blank',
      ],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], signal: this.signal },
    );
  }
}

async function look(
  pipe: DevToolsPipe,
  url: string,
  timeout: number,
  enough: (cookies: readonly SeenCookie[]) => boolean,
): Promise<BrowserVisit> {
  const { targetId } = await pipe.send<{ targetId: string }>('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await pipe.send<{ sessionId: string }>('Target.attachToTarget', {
    targetId,
    flatten: true,
  });
  await pipe.send('Page.enable', {}, sessionId);
  let until = performance.now() + timeout;
  pipe.once('Page.loadEventFired', () => {
    until = Math.min(until, performance.now() + AFTER_LOAD);
  });
  await pipe.send('Page.navigate', { url }, sessionId);
  let cookies: readonly SeenCookie[];
  do {
    await delay(LOOK_EVERY);
    cookies = (await pipe.send<{ cookies: ChromiumCookie[] }>('Storage.getCookies')).cookies.map(seenCookie);
  } while (!enough(cookies) && performance.now() < until);
  const { targetInfo } = await pipe.send<{ targetInfo: { url: string } }>('Target.getTargetInfo', {
    targetId,
  });
  return { url: targetInfo.url, cookies };
}

interface ChromiumCookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  readonly path: string;
  /** Epoch seconds; -1 for a session. */
  readonly expires: number;
  readonly httpOnly: boolean;
  readonly secure: boolean;
  readonly sameSite?: string;
}

function seenCookie({
  name,
  value,
  domain,
  path,
  expires,
  httpOnly,
  secure,
  sameSite,
}: ChromiumCookie): SeenCookie {
  const bare = domain.replace(/^\./, '');
  return {
    name,
    value: decoded(value),
    domain: domain.startsWith('.') ? bare : null,
    host: bare,
    path,
    secure,
    httpOnly,
    sameSite: sameSite?.toLowerCase() ?? null,
    maxAge: expires < 0 ? null : Math.round(expires - Date.now() / 1000),
  };
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
