import type { OnApplicationShutdown } from '@nestjs/common';
import type { CookieOptions, ImpactOptions } from '../config/index.js';
import type { OptionsChange } from '../impact.providers.js';
import { ImpactSandbox, type SandboxOptions } from '../sandbox/index.js';
import { TestClock } from './test.clock.js';
import { ImpactTestingError } from './testing.error.js';

/**
 * The world outside, for one app: a sandbox in place of impact.com, and one time for both. It is closed after
 * everything of the app that might still call it.
 */
export class TestBench implements OptionsChange, OnApplicationShutdown {
  readonly clock = new TestClock();
  #closing: Promise<void> | null = null;

  private constructor(readonly sandbox: ImpactSandbox) {}

  /** @throws ImpactTestingError in production. */
  static async start(options: SandboxOptions = {}): Promise<TestBench> {
    if (process.env['NODE_ENV']?.trim() === 'production') {
      throw new ImpactTestingError(
        'The testing kit does not run under NODE_ENV=production, where sales would go to a sandbox. Run tests with ' +
          'another NODE_ENV, such as test.',
      );
    }
    return new TestBench(await ImpactSandbox.start({ rateLimit: false, ...options }));
  }

  /** Everything that the app set stays, except for what decides where sales go and when. */
  change(given: ImpactOptions | undefined): ImpactOptions | undefined {
    // What is no object is refused by name.
    if (given !== undefined && (typeof given !== 'object' || given === null)) return given;
    return {
      ...given,
      ...this.sandbox.credentials,
      // The account's own code is not known to the sandbox; the number is enough.
      eventTypeCode: undefined,
      baseUrl: this.sandbox.url,
      allowAnyBaseUrl: true,
      mode: 'live',
      // Rows of another environment are never sent.
      environment: 'test',
      migrate: true,
      delivery: { ...given?.delivery, autoStart: false },
      capture: { ...given?.capture, cookie: overPlainHttp(given?.capture?.cookie) },
    };
  }

  /** @param to a date, or text such as `'+16d'`. */
  travel(to: Date | string): void {
    this.sandbox.travel(to);
    this.clock.advance(this.sandbox.now().getTime() - this.clock.now().getTime());
  }

  close(): Promise<void> {
    this.#closing ??= this.sandbox.close();
    return this.#closing;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }
}

/** Tests talk plain HTTP, where a client with a cookie jar keeps a Secure cookie to itself. Some cookies must have it. */
const overPlainHttp = (cookie: CookieOptions = {}): CookieOptions =>
  cookie.sameSite === 'none' || /^__(secure|host)-/i.test(cookie.name ?? '')
    ? cookie
    : { ...cookie, secure: false };
