import { describe, expect, it } from '@jest/globals';
import { createRedactor } from './redactor.js';

const credentials = { accountSid: 'IRabc123', authToken: 'tok+en/CANARY=' };
const base64 = Buffer.from('IRabc123:tok+en/CANARY=').toString('base64');
const redact = createRedactor(credentials, [
  ['CustomerId', 'cust-77'],
  ['CustomerCity', 'São Paulo'],
  ['CustomerRegion', 'SP'],
  ['CustomerStatus', 'EXISTING'],
  ['IpAddress', '203.0.113.9'],
  ['Note', 'ring (twice)*'],
  ['OrderId', 'order-1'],
]);

describe('masks', () => {
  it.each([
    ['a@b.co', '[e-mail]'],
    ['Invalid value jane.doe+x@example.com.', 'Invalid value [e-mail]'],
    ['Invalid value jane%40example.com!', 'Invalid value [e-mail]'],
    ['"jürgen@exämple.de" is wrong', '"[e-mail]" is wrong'],
    ['CustomerEmail=jane@example.com&OrderId=1', 'CustomerEmail=[e-mail]&OrderId=1'],
    ['<jane@example.com>', '<[e-mail]>'],
    ['token tok+en/CANARY= refused', 'token [secret] refused'],
    [`token ${encodeURIComponent('tok+en/CANARY=')}`, 'token [secret]'],
    [`header ${base64}`, 'header [secret]'],
    [`header ${base64.replaceAll('=', '')}`, 'header [secret]'],
    [`Authorization: Basic ${base64}`, 'Authorization: Basic [secret]'],
    ['authorization=basic%20c29tZTpvdGhlcg==', 'authorization=basic [secret]'],
    ['customer CUST-77 unknown', 'customer [CustomerId] unknown'],
    ['city são paulo', 'city [CustomerCity]'],
    ['city S%C3%A3o%20Paulo', 'city [CustomerCity]'],
    ['CustomerCity=S%C3%A3o+Paulo', 'CustomerCity=[CustomerCity]'],
    ['from 203.0.113.9', 'from [IpAddress]'],
    ['ring (twice)*', '[Note]'],
    ['line\u2028one\r\nline\u001b[31m two', 'line one line [31m two'],
  ])('%j', (text, shown) => {
    expect(redact(text)).toBe(shown);
  });
});

describe('keeps', () => {
  it.each([
    'Not a numeric value',
    'order-1 is a duplicate',
    'EXISTING is not mapped',
    'SPECIAL',
    '50 % @ checkout',
  ])('%j', (text) => {
    expect(redact(text)).toBe(text);
  });
});

it('drops what lies behind a long text without cutting a secret in half', () => {
  const text = `${'a '.repeat(1995)}tok+en/CANARY= and more`;
  expect(redact(text)).not.toContain('tok');
});

it('stays fast on a text made to be slow', () => {
  const started = performance.now();
  redact('a'.repeat(100_000));
  redact(`${'%4'.repeat(50_000)}@`);
  expect(performance.now() - started).toBeLessThan(200);
});

it('an empty token masks nothing', () => {
  expect(createRedactor({ accountSid: '', authToken: '' })('fine')).toBe('fine');
});
