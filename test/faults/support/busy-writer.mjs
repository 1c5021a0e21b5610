// Another program on the same SQLite file: one write transaction after the other, each open for a while.
//   node busy-writer.mjs <file> <shortest ms> <longest ms>
import Database from 'better-sqlite3';

const [file, shortest, longest] = process.argv.slice(2);
const database = new Database(file, { timeout: 60_000 });
database.pragma('journal_mode = WAL');
database.exec('CREATE TABLE IF NOT EXISTS busy_writer (n integer)');
let transactions = 0;
let stopping = false;
process.on('message', () => (stopping = true));
process.on('disconnect', () => (stopping = true));

while (!stopping) {
  database.exec('BEGIN IMMEDIATE');
  database.exec(`INSERT INTO busy_writer VALUES (${transactions})`);
  const open = Number(shortest) + Math.random() * (Number(longest) - Number(shortest));
  await new Promise((resolve) => setTimeout(resolve, open));
  database.exec('COMMIT');
  transactions += 1;
  if (transactions === 1) process.send('writing');
  // SQLite has no queue for its lock: somebody else's turn comes only when he looks in such a gap.
  await new Promise((resolve) => setTimeout(resolve, 20));
}
database.close();
process.send(transactions, () => process.disconnect());
