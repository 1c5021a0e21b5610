// What a process costs that has nothing to send.
import { startChild } from '../lib/child.js';
import { KINDS, portable, TITLES, withDatabase } from '../lib/databases.js';
import { internal } from '../lib/package.js';
import { pause } from '../lib/rounds.js';

export const title = 'Idle: statements and CPU of a process with nothing to send';
export const databases = KINDS;
export const packages = { own: ['typeorm', 'pg', 'mysql2', 'better-sqlite3'] };

const { defaults } = await internal('config/defaults.js');
const POLL = Number.parseFloat(defaults.delivery.pollInterval) * 1000;

export async function run({ quick, findings, say }) {
  const milliseconds = quick ? 10_000 : 180_000;
  say(`three databases at once, ${milliseconds / 1000} s`);
  const measured = await Promise.all(KINDS.map((kind) => idle(kind, milliseconds)));
  const rows = measured.flatMap((one, index) => conclude(KINDS[index], one, findings));
  findings.table(
    'Idle processes',
    ['Database', 'Process', 'statements a minute', 'CPU ms a minute', '% of a core'],
    rows,
  );
  findings.note(
    `The poll interval is its default, ${POLL / 1000} s. Beside the polls the verdicts ask one statement every ` +
      `${defaults.verdicts.sweepInterval}, which falls outside of a window of three minutes after start.`,
  );
}

async function idle(kind, milliseconds) {
  return withDatabase(kind, async (database) => {
    const children = { ours: startChild('contenders/idle.js'), bare: startChild('contenders/idle.js') };
    try {
      for (const [name, child] of Object.entries(children)) {
        await child.ask('start', { database: portable(database), withPackage: name === 'ours' });
      }
      // Until compiling and the first statements are over.
      await pause(10_000);
      const [ours, bare] = await Promise.all([
        children.ours.ask('watch', milliseconds),
        children.bare.ask('watch', milliseconds),
      ]);
      await Promise.all(Object.values(children).map((child) => child.ask('close')));
      return { ours, bare };
    } finally {
      await Promise.all(Object.values(children).map((child) => child.stop()));
    }
  });
}

function conclude(kind, { ours, bare }, findings) {
  const polls = ours.elapsed / POLL;
  findings.check(`${TITLES[kind]}: it did poll`, ours.statements >= Math.floor(polls) - 1, ours.statements);
  // A window that is no multiple of the interval may begin and end with a poll.
  findings.ratio(`${TITLES[kind]}: statements ÷ poll intervals`, ours.statements / Math.ceil(polls), {
    atMost: 1,
  });
  findings.ratio(`${TITLES[kind]}: CPU`, (ours.cpu / ours.elapsed) * 100, { atMost: 1 }, ' % of a core');
  return [
    ['with the package', ours],
    ['without', bare],
  ].map(([process, { statements, cpu, elapsed }]) => {
    const minutes = elapsed / 60_000;
    return [TITLES[kind], process, statements / minutes, cpu / minutes, (cpu / elapsed) * 100];
  });
}
