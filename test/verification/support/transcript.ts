import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const PAGE = resolve('docs/verification.md');

/** What differs from run to run, as the page shows it. */
export function steady(text: string, { sandbox, store }: { sandbox: string; store: string }): string {
  const host = (url: string): string => new URL(url).host;
  return text
    .replaceAll(host(sandbox), '127.0.0.1:4010')
    .replaceAll(host(store), '127.0.0.1:3000')
    .replaceAll(/127\.0\.0\.1:(?!4010|3000)\d+/g, '127.0.0.1:8080')
    .replaceAll(/\/tmp\/verify-\w+\//g, '')
    .replaceAll(/verification-[0-9a-f]{8}/g, 'verification-5f1c09ab')
    .replaceAll(/FC-[0-9A-F]{12}/g, 'FC-4B1D07C2A9E3')
    .replaceAll(/im_ref=[\w~:.%-]{39,}/g, 'im_ref=q2OTQo1QUxyLpNmqcx3gBGi5UkSmliUI3xePbq0')
    .replaceAll(/A-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'A-6b1f3c1e-7a55-4a3e-9d0f-2f8c4b7e1a90')
    .replaceAll(/\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d/g, '2026-11-20$110:00:00');
}

const FENCE = '```';

/** The block below a mark in docs/verification.md; with `UPDATE_TRANSCRIPTS=1` it is written first. */
export function transcript(name: string, text: string): string {
  const page = readFileSync(PAGE, 'utf8');
  const mark = `<!-- transcript: ${name} -->\n\n${FENCE}\n`;
  const start = page.indexOf(mark) + mark.length;
  const end = page.indexOf(`\n${FENCE}\n`, start);
  if (start < mark.length || end < 0) return `no block '${name}' in docs/verification.md`;
  if (process.env['UPDATE_TRANSCRIPTS'] !== '1') return page.slice(start, end);
  writeFileSync(PAGE, page.slice(0, start) + text + page.slice(end));
  return text;
}
