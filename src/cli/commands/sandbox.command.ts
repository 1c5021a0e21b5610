import { once } from 'node:events';
import type { CommandRegistration } from '../command.context.js';
import { wholeNumber } from '../option.readers.js';

interface SandboxCommandOptions {
  readonly port: number;
  readonly host: string;
  readonly settleAfter: string;
}

/** `sandbox`: a local impact.com until Ctrl-C. */
export const sandboxCommand: CommandRegistration = (program, context) => {
  program
    .command('sandbox')
    .summary('a local impact.com to try things with')
    .description('A local impact.com until Ctrl-C; prints the lines for your .env (docs/sandbox.md).')
    .option('--port <number>', '0 takes any that is free', wholeNumber(0, 65_535), 4010)
    .option('--host <address>', 'where it listens', '127.0.0.1')
    .option('--settle-after <duration>', 'how long a submission takes', '2s')
    .action(
      context.does(async ({ port, host, settleAfter }: SandboxCommandOptions) => {
        // Loaded here: it needs @nestjs/platform-express, which other commands do not.
        const { ImpactSandbox } = await import('../../sandbox/index.js');
        const sandbox = await ImpactSandbox.start({ port, host, settleAfter });
        const { url, environment } = sandbox;
        context.output.lines([`impact.com sandbox: ${url}`, '', environment, '', 'Ctrl-C ends it.']);
        context.output.document({ url, environment: variablesOf(environment) });
        if (!context.signal.aborted) await once(context.signal, 'abort');
        await sandbox.close();
        return null;
      }),
    );
};

const variablesOf = (lines: string): Record<string, string> =>
  Object.fromEntries(
    lines.split('\n').flatMap((line): [string, string][] => {
      const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value ?? '']];
    }),
  );
