import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { openOrders, type VerificationState } from '../../operations/index.js';
import { CliUsageError } from '../cli.errors.js';

/** Where a run keeps what it knows, so that it can be gone on with. No secret and nobody's data is in it. */
export class StateFile {
  constructor(private readonly file: string) {}

  /** @throws CliUsageError when there is none, or it is of something else. */
  load(): VerificationState {
    const state = this.#read();
    if (state === null) {
      throw new CliUsageError(
        `--resume: ${this.file} does not exist. Name the file with --state, or start a run without --resume.`,
      );
    }
    return state;
  }

  /** @throws CliUsageError when an earlier run has left an order that nobody would take back. */
  assertNothingOpen(): void {
    const state = this.#read();
    // A synthetic order may exist although nobody has seen it yet.
    const left =
      state === null
        ? []
        : openOrders(state).filter(
            ({ is, of }) => is === 'not-reversed' || (is === 'not-found' && of.paidAt !== null),
          );
    if (state === null || left.length === 0) return;
    throw new CliUsageError(
      `The run of ${state.startedAt} in ${this.file} has left order ${left.map(({ of }) => of.orderId).join(', ')} unreversed. ` +
        'Give --resume to end it, or name another file with --state.',
    );
  }

  /** Whole or not at all: a run that dies while it writes must not lose what it knew. */
  save(state: VerificationState): void {
    const next = `${this.file}.next`;
    writeFileSync(next, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
    renameSync(next, this.file);
  }

  #read(): VerificationState | null {
    if (!existsSync(this.file)) return null;
    let state: unknown;
    try {
      state = JSON.parse(readFileSync(this.file, 'utf8'));
    } catch {
      throw this.#foreign();
    }
    if (!isState(state)) throw this.#foreign();
    return state;
  }

  #foreign(): CliUsageError {
    return new CliUsageError(`${this.file} is no state of a verification. Name another file with --state.`);
  }
}

const isState = (value: unknown): value is VerificationState =>
  typeof value === 'object' &&
  value !== null &&
  'version' in value &&
  value.version === 1 &&
  'cases' in value &&
  Array.isArray(value.cases) &&
  'plan' in value;
