import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { ConversionService, type ConversionStory, type ImpactModuleOptions } from 'nestjs-impact';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import type { SandboxOptions } from '../../../src/sandbox/sandbox.options.js';
import { createStore, type Store } from '../../../examples/store/src/store.js';
import { Browser } from '../../../scripts/demo/browser.js';
import { buy, fillCart } from '../../../scripts/demo/shoppers.js';
import { runCli } from '../../../src/cli/program.js';
import type { VerificationState } from '../../../src/operations/index.js';

const ENVIRONMENT = 'verify-test';
const LOOK_EVERY = 15;

export interface StageOptions {
  readonly sandbox?: SandboxOptions;
  readonly impact?: ImpactModuleOptions;
}

export interface CommandEnd {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

export interface CommandOptions {
  /** What a person does when the command has named the landing page. */
  readonly json?: boolean;
  readonly person?: (landingUrl: string, press: () => void) => Promise<unknown>;
}

/** The sandbox, the example store as the running app, and the command line beside it, all over one SQLite file. */
export class VerifyStage {
  /** Called with the order's id in the moment its submission is complete, before anybody can see its action. */
  onSettled: (orderId: string) => void = () => {};
  /** Called before it is complete. */
  beforeSettling: (orderId: string) => void = () => {};
  /** Nothing settles while it is true. */
  isHolding = false;
  readonly #settled = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  readonly #before = { ...process.env };

  private constructor(
    readonly folder: string,
    readonly sandbox: ImpactSandbox,
    readonly store: Store,
  ) {
    this.#timer = setInterval(() => void this.#settle(), LOOK_EVERY);
    Object.assign(process.env, parseEnv(sandbox.environment), { IMPACT_ENVIRONMENT: ENVIRONMENT });
  }

  static async open({ sandbox: given, impact }: StageOptions = {}): Promise<VerifyStage> {
    const folder = await mkdtemp(join(tmpdir(), 'verify-'));
    // Nothing settles by itself: what is planted is there before anybody looks.
    const sandbox = await ImpactSandbox.start({ settleAfter: '1h', ...given });
    const store = await createStore(
      {
        databaseFile: join(folder, 'store.sqlite'),
        paymentNoticeAfter: 20,
        impact: {
          ...sandbox.credentials,
          baseUrl: sandbox.url,
          allowAnyBaseUrl: true,
          mode: 'live',
          environment: ENVIRONMENT,
          ...impact,
          delivery: { pollInterval: '50ms' },
          verdicts: { sweepInterval: '100ms', lookupAfter: '100ms', giveUpAfter: '1h', rereadFor: '1h' },
        },
      },
      false,
    );
    return new VerifyStage(folder, sandbox, store);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.store.close();
    await this.sandbox.close();
    for (const name of Object.keys(process.env)) if (!(name in this.#before)) delete process.env[name];
    Object.assign(process.env, this.#before);
    await rm(this.folder, { recursive: true, force: true });
  }

  link(landingUrl = `${this.store.url}/`, more: { partnerId?: string; test?: boolean } = {}): string {
    return this.sandbox.trackingLink({ landingUrl, ...more });
  }

  /** Runs `nestjs-impact verify`. */
  async verify(args: readonly string[], { person, json = false }: CommandOptions = {}): Promise<CommandEnd> {
    const abort = new AbortController();
    let out = '';
    let err = '';
    const people: Promise<unknown>[] = [];
    const exitCode = await runCli(
      [
        ...(json ? ['--json'] : []),
        '--database',
        join(this.folder, 'store.sqlite'),
        'verify',
        '--browser',
        'none',
        '--timeout',
        '20s',
        ...args,
      ],
      {
        stdout: { write: (text: string) => (out += text) },
        stderr: {
          write: (text: string) => {
            err += text;
            const page = /^ {2}(http\S+im_ref=\S+)$/m.exec(text)?.[1];
            if (page !== undefined && person !== undefined) people.push(person(page, () => abort.abort()));
          },
        },
        env: process.env,
        cwd: this.folder,
        signal: abort.signal,
      },
    );
    await Promise.all(people);
    return { exitCode, out, err };
  }

  /** A person who buys two products, one of them twice, with a discount on a line. */
  async buys(
    landingUrl: string,
    items: Readonly<Record<string, number>> = { 'GRINDER-H1': 1, 'FILTER-100': 2 },
  ): Promise<string> {
    const browser = new Browser();
    await browser.open(landingUrl);
    await fillCart(browser, this.store.url, items);
    return buy(browser, this.store.url, 'Tess Tester');
  }

  story(orderId: string): Promise<ConversionStory> {
    return this.store.app.get(ConversionService).explain(orderId);
  }

  async state(): Promise<VerificationState> {
    return JSON.parse(await readFile(join(this.folder, '.impact-verify.json'), 'utf8')) as VerificationState;
  }

  async keepState(state: VerificationState): Promise<void> {
    await writeFile(join(this.folder, '.impact-verify.json'), JSON.stringify(state));
  }

  async reports(): Promise<{ markdown: string; html: string }> {
    const folder = join(this.folder, 'report');
    const files = (await readdir(folder)).toSorted();
    const [html = '', markdown = ''] = await Promise.all(
      files.map((file) => readFile(join(folder, file), 'utf8')),
    );
    return { markdown, html };
  }

  async #settle(): Promise<void> {
    const waiting = (await this.sandbox.submissions()).filter(({ status }) => status !== 'Complete');
    if (waiting.length === 0 || this.isHolding) return;
    const fresh = waiting.map(({ orderId }) => orderId).filter((id) => id !== '' && !this.#settled.has(id));
    for (const orderId of fresh) this.beforeSettling(orderId);
    // Finishes them in this very moment; what it answers is about postbacks.
    void this.sandbox.settle();
    for (const orderId of fresh) {
      this.#settled.add(orderId);
      this.onSettled(orderId);
    }
  }
}
