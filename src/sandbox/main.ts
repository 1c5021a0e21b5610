#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { ImpactSandbox } from './impact.sandbox.js';
import { SandboxError } from './sandbox.errors.js';

/** `npx nestjs-impact-sandbox --port 4010`: a sandbox for people; what it prints is ready to be pasted into `.env`. */
const USAGE = 'Options: --port <number> (4010), --host <address> (127.0.0.1), --settle-after <duration> (2s)';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '4010' },
      host: { type: 'string', default: '127.0.0.1' },
      'settle-after': { type: 'string', default: '2s' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const sandbox = await ImpactSandbox.start({
    port: Number(values.port),
    host: values.host,
    settleAfter: values['settle-after'],
  });
  console.log(`impact.com sandbox: ${sandbox.url}\n\n${sandbox.environment}\n`);
  const stop = (): void => {
    void sandbox.close();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

try {
  await main();
} catch (error) {
  const known =
    error instanceof SandboxError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  console.error(known ? `${(error as Error).message}\n${USAGE}` : error);
  process.exitCode = 1;
}
