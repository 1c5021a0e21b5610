// The calls that contenders make: the package's own client for everything durable, and the bare ones that set the limit.
import { impact, internal } from './package.js';
import { parametersOf } from './seed.js';
import { ACCOUNT } from './shop.js';

const { createImpactHttp } = await internal('api/impact-http.module.js');
const { encodeForm } = await internal('wire/index.js');

const TIMEOUT = 30_000;
const path = `/Advertisers/${ACCOUNT}/Conversions`;
const headers = {
  Accept: 'application/json',
  'Content-Type': 'application/x-www-form-urlencoded',
  Authorization: `Basic ${Buffer.from(`${ACCOUNT}:bench-token`).toString('base64')}`,
};

/** What every durable contender calls with one sale: the package's own client, with all of its care. */
export function sendBy(baseUrl) {
  const client = new impact.ImpactApiClient(createImpactHttp(), {
    accountSid: ACCOUNT,
    authToken: 'bench-token',
    campaignId: '1000',
    baseUrl,
    apiVersion: null,
    delivery: { timeout: TIMEOUT, bodyFormat: 'form' },
  });
  return (parameters) => client.submitConversion(parameters);
}

/** The same POST by the same axios with the same agents, and nothing around it. */
export function sendByAxios(baseUrl) {
  const { axiosRef } = createImpactHttp();
  return async (parameters) => {
    const { data } = await axiosRef.post(baseUrl + path, encodeForm(parameters), {
      headers,
      timeout: TIMEOUT,
    });
    if (data.Status !== 'QUEUED') throw new Error('Not taken.');
  };
}

/** The same POST by undici. */
export async function sendByUndici(baseUrl, connections) {
  const { Pool } = await import('undici');
  const pool = new Pool(baseUrl, { connections, headersTimeout: TIMEOUT, bodyTimeout: TIMEOUT });
  return async (parameters) => {
    const { body } = await pool.request({ path, method: 'POST', headers, body: encodeForm(parameters) });
    const { Status: status } = await body.json();
    if (status !== 'QUEUED') throw new Error('Not taken.');
  };
}

/** Runs the numbers 1 to `count` with so many under way at once. */
export async function inPool(count, concurrency, work) {
  let last = 0;
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (last < count) await work((last += 1));
    }),
  );
}

export const requests = (template) => (number) => parametersOf(template, number);
