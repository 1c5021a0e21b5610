import { once } from 'node:events';
import { setStage, type Stage } from './stage.js';
import { Terminal } from './terminal.js';
import { Tour } from './tour.js';

const USAGE = `npm run demo              the tour: exits with 0 when every order agrees with its action
npm run demo -- --serve   the tour, and then the store and the sandbox stay open for you`;

/** @returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const unknown = args.filter((arg) => arg !== '--serve');
  if (unknown.length > 0) {
    console.log(USAGE);
    return unknown.every((arg) => arg === '--help' || arg === '-h') ? 0 : 2;
  }
  const started = Date.now();
  const terminal = new Terminal();
  terminal.title('nestjs-impact: from a partner’s click to a credited action');
  const stage = await terminal.during('Opening a store and a local impact.com', setStage());
  try {
    terminal.pairs([
      ['store', `${stage.store.url}   (examples/store, SQLite)`],
      ['impact.com', `${stage.sandbox.url}   (nestjs-impact/sandbox, account in US dollars)`],
    ]);
    const agreed = await new Tour(stage, terminal).run();
    terminal.say(`The tour took ${((Date.now() - started) / 1000).toFixed(1)} s.`);
    if (args.includes('--serve')) await serve(stage, terminal);
    return agreed ? 0 : 1;
  } finally {
    await stage.strike();
  }
}

async function serve({ sandbox, store }: Stage, terminal: Terminal): Promise<void> {
  terminal.title('Both stay open. Press Ctrl+C to stop.');
  terminal.pairs([
    ['Store', store.url],
    ['impact.com', sandbox.url],
    ['Codes', 'GRIND15 (grinder), COFFEE5 (order; belongs to a partner)'],
  ]);
  terminal.say('A partner’s link to follow:');
  // Not wrapped, so that it can be copied.
  console.log(`   ${sandbox.trackingLink({ landingUrl: `${store.url}/` })}`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  terminal.say('Closing.');
}
