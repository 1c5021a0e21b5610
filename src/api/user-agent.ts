import { readFileSync } from 'node:fs';

/** `nestjs-impact/<version>`; without the version where a bundler has left our package.json behind. */
export function userAgent(): string {
  try {
    const manifest: unknown = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    );
    const { name, version } = manifest as { name?: unknown; version?: unknown };
    return name === 'nestjs-impact' && typeof version === 'string'
      ? `nestjs-impact/${version}`
      : 'nestjs-impact';
  } catch {
    return 'nestjs-impact';
  }
}
