import type { CommandRegistration } from './command.context.js';
import { backfillCommand } from './commands/backfill.command.js';
import { claimsCommand } from './commands/claims.command.js';
import { drainCommand } from './commands/drain.command.js';
import { eraseCommand } from './commands/erase.command.js';
import { explainCommand } from './commands/explain.command.js';
import { listCommand } from './commands/list.command.js';
import { migrateCommand } from './commands/migrate.command.js';
import { purgeCommand } from './commands/purge.command.js';
import { reconcileCommand } from './commands/reconcile.command.js';
import { releaseCommand } from './commands/release.command.js';
import { retryCommand } from './commands/retry.command.js';
import { sandboxCommand } from './commands/sandbox.command.js';
import { statusCommand } from './commands/status.command.js';
import { doctorCommand } from './doctor/doctor.command.js';
import { verifyCommand } from './verify/verify.command.js';

/** Every command. Each is a file of its own, and a line here and in help.text.ts. */
export const COMMANDS: readonly CommandRegistration[] = [
  doctorCommand,
  verifyCommand,
  statusCommand,
  explainCommand,
  listCommand,
  claimsCommand,
  retryCommand,
  releaseCommand,
  drainCommand,
  backfillCommand,
  reconcileCommand,
  eraseCommand,
  purgeCommand,
  migrateCommand,
  sandboxCommand,
];
