import { ImpactError } from '../errors/index.js';

/** One wrong option, in words. Nothing in it is secret: see `received`. */
export interface OptionProblem {
  /** Path of the option, e.g. `capture.cookie.name`. */
  readonly option: string;
  /** The environment variable that can set it, e.g. `IMPACT_MODE`. */
  readonly variable?: string;
  /** The value that was found, with secrets and what looks like one masked. */
  readonly received: string;
  /** What the value must be. */
  readonly rule: string;
  /** What to do. */
  readonly fix: string;
}

const describe = (problem: OptionProblem, index: number): string => {
  const { option, variable, received, rule, fix } = problem;
  const name = variable === undefined ? option : `${option} (${variable})`;
  return `${index + 1}. ${name}\n   received: ${received}\n   rule:     ${rule}\n   fix:      ${fix}`;
};

/** The module's options are wrong. Lists every problem at once; thrown at boot, so that the app does not start. */
export class ImpactConfigurationError extends ImpactError {
  readonly code = 'CONFIGURATION';
  readonly problems: readonly OptionProblem[];

  constructor(problems: readonly OptionProblem[]) {
    const count = problems.length === 1 ? 'one option is wrong' : `${problems.length} options are wrong`;
    super(`nestjs-impact is not configured: ${count}.\n\n${problems.map(describe).join('\n\n')}`);
    this.problems = problems;
  }
}
