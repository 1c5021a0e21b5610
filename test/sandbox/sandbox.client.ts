import { isDeepStrictEqual } from 'node:util';
import type { ImpactSandbox } from '../../src/sandbox/index.js';

export type Parameters = Record<string, string>;

export interface Answer<Body = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Body;
}

type CallInit = Omit<RequestInit, 'headers'> & { headers?: Record<string, string> };

/** A client that knows nothing: it sends what it is told, and reads what comes. */
export class SandboxClient {
  readonly base: string;
  readonly authorization: string;

  constructor(readonly sandbox: ImpactSandbox) {
    const { accountSid, authToken } = sandbox.credentials;
    this.base = `${sandbox.url}/Advertisers/${accountSid}`;
    this.authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  }

  async call<Body = Record<string, unknown>>(path: string, init: CallInit = {}): Promise<Answer<Body>> {
    const response = await fetch(`${this.base}${path}`, {
      redirect: 'manual',
      ...init,
      headers: { authorization: this.authorization, accept: 'application/json', ...init.headers },
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json') ?? false;
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: (json ? JSON.parse(text) : {}) as Body,
    };
  }

  form<Body = Record<string, unknown>>(
    method: string,
    path: string,
    parameters: Parameters,
  ): Promise<Answer<Body>> {
    return this.call<Body>(path, { method, body: new URLSearchParams(parameters) });
  }

  /** A sale with one item of 100 dollars; an entry of `undefined` takes a parameter away. */
  sale(over: Record<string, string | undefined> = {}): Parameters {
    const { campaignId, eventTypeId } = this.sandbox.credentials;
    const sale = {
      CampaignId: campaignId,
      EventTypeId: eventTypeId,
      EventDate: this.sandbox.now().toISOString(),
      OrderId: 'order-1',
      CustomerId: 'customer-1',
      CurrencyCode: 'USD',
      ItemSku1: 'MUG',
      ItemCategory1: 'Kitchen',
      ItemQuantity1: '2',
      ItemSubTotal1: '100.00',
      ...over,
    };
    return Object.fromEntries(
      Object.entries(sale).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
  }

  submit(over: Record<string, string | undefined> = {}): Promise<Answer> {
    return this.form('POST', '/Conversions', this.sale(over));
  }

  /** Follows a link as a visitor would, up to the redirect. */
  async follow(link: string): Promise<{ status: number; location: URL; raw: string }> {
    const response = await fetch(link, { redirect: 'manual' });
    const raw = response.headers.get('location') ?? '';
    await response.arrayBuffer();
    return { status: response.status, location: new URL(raw), raw };
  }

  async click(partnerId?: string): Promise<string> {
    const link = this.sandbox.trackingLink({
      landingUrl: 'https://shop.test/',
      ...(partnerId && { partnerId }),
    });
    const { location } = await this.follow(link);
    return location.searchParams.get('im_ref') ?? '';
  }

  /** Submits and settles a credited sale; answers its action. */
  async credited(over: Record<string, string | undefined> = {}) {
    await this.submit({ ClickId: await this.click(), ...over });
    await this.sandbox.settle();
    const action = (await this.sandbox.actions()).at(-1);
    if (!action) throw new Error('the sale was not credited');
    return action;
  }

  async lastSubmission() {
    const submission = (await this.sandbox.submissions()).at(-1);
    if (!submission) throw new Error('nothing was submitted');
    return submission;
  }
}

/** Looks again every few milliseconds; gives up after two seconds. */
export async function eventually<T>(read: () => Promise<T>, expected: T): Promise<void> {
  const deadline = performance.now() + 2_000;
  for (;;) {
    const value = await read();
    if (isDeepStrictEqual(value, expected)) return;
    if (performance.now() > deadline) throw new Error(`still ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
