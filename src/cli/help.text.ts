/** One line per command, in the order in which people need them. Fits 80 columns and, with options and codes, 24 lines. */
const COMMANDS = [
  ['doctor', 'settings, credentials, scopes, database, clock: what is wrong'],
  ['verify', "the whole path once, as impact.com's end-to-end test"],
  ['status', 'counts, backlog, pauses, when verdicts were read'],
  ['explain <order>', 'everything that became of one sale, and what to do'],
  ['list', 'sales, by state'],
  ['claims', 'what is to be settled with partners; claims settle <id>'],
  ['retry <order>', 'makes a refused sale or correction due again'],
  ['release', 'lets sales out that were kept in dry-run mode'],
  ['drain', 'sends what is due, looks verdicts up, and ends: for cron'],
  ['backfill <csv>', 'records past sales from a file; checks only, at first'],
  ['reconcile', "compares sales with impact.com's actions"],
  ['erase', 'takes a customer out of every table'],
  ['purge', 'deletes what was kept long enough'],
  ['migrate', 'creates or completes the impact_* tables'],
  ['sandbox', 'a local impact.com to try things with'],
] as const;

/** Help of the program as a whole. */
export const PROGRAM_HELP = `Usage: npx nestjs-impact <command> [options]      <command> --help says more

${COMMANDS.map(([name, words]) => `  ${name.padEnd(17)}${words}`).join('\n')}

--database <url | file>, --data-source <file> or --module <file>: the database
(else IMPACT_DATABASE_URL or DATABASE_URL)    --env-file <file>: settings
--json: one JSON document, errors too    --version
Exit: 0 fine, 1 something is bad, 2 wrong usage or settings, 3 unreachable
`;

/** Below the options of each command. */
export const SHARED_HELP = `
Also: --database, --data-source, --module, --env-file, --json; see --help alone
`;
