import {
  type CaseState,
  openLines,
  OUTCOME_WORDS,
  STEP_TITLES,
  type StepOutcome,
  type StepResult,
  verdictOf,
  type VerificationObserver,
  type VerificationState,
} from '../../operations/index.js';
import { plain, wrap } from '../layout.rules.js';
import type { Output } from '../output.js';
import type { Progress } from '../progress.js';

const COLOURS = {
  proved: 'green',
  failed: 'red',
  remark: 'green',
  'not-proved': 'yellow',
} as const satisfies Record<StepOutcome, string>;
const MARKS: Readonly<Record<StepOutcome, string>> = {
  proved: 'ok  ',
  remark: 'ok  ',
  failed: 'FAIL',
  'not-proved': 'open',
};
const INDENT = 5;
const PIPE_WIDTH = 100;

/** The last thing that is looked at of an order. */
const LAST_STEPS: ReadonlySet<StepResult['step']> = new Set(['reversal', 'test-actions']);

/** Tells a person what is found and what is waited for. Of several orders each is told in one piece. */
export class VerifyTeller implements VerificationObserver {
  #progress: Progress | null = null;
  readonly #untold = new Map<CaseState, string[]>();

  /** @param together several orders are looked at side by side. */
  constructor(
    private readonly output: Output,
    private readonly together: boolean,
  ) {}

  found(result: StepResult, of: CaseState | null): void {
    this.#pause();
    const lines = this.#lines(result);
    if (of === null) return this.output.lines(lines);
    const before = this.#untold.get(of) ?? (result.step === 'order' || this.together ? headOf(of) : []);
    const told = [...before, ...lines];
    if (this.together && !LAST_STEPS.has(result.step)) this.#untold.set(of, told);
    else this.#tell(of, told);
  }

  waiting(what: string, of: CaseState | null): void {
    this.#pause();
    this.#progress = this.output.progress('waiting for');
    this.#progress.at(of?.results.length ?? 0, null, what);
  }

  /** Tells what is left to tell. */
  end(): void {
    this.#pause();
    for (const [of, lines] of this.#untold) this.#tell(of, lines);
  }

  #tell(of: CaseState, lines: readonly string[]): void {
    this.output.lines(lines);
    this.#untold.delete(of);
  }

  /** The bar makes room. */
  #pause(): void {
    this.#progress?.end();
    this.#progress = null;
  }

  #lines({ step, outcome, expected, seen, fix }: StepResult): string[] {
    const { width } = this.output;
    const mark = this.output.paint(COLOURS[outcome], MARKS[outcome]);
    const title = STEP_TITLES[step];
    const words =
      outcome === 'failed' || outcome === 'not-proved'
        ? [`${title}: expected ${expected}; seen: ${seen}.`, ...(fix === null ? [] : [`Fix: ${fix}`])]
        : [`${title}: ${seen}`];
    return words
      .flatMap((text) => wrap(plain(text), Math.min(width, PIPE_WIDTH) - INDENT))
      .map((line, index) => (index === 0 ? `${mark} ${line}` : ' '.repeat(INDENT) + line));
  }
}

const headOf = ({ orderId }: CaseState): string[] => ['', `Order ${orderId ?? ''}`.trim()];

/** What a run came to, in a few lines. */
export function summaryLines(state: VerificationState, reports: readonly string[], width: number): string[] {
  const results = [...state.results, ...state.cases.flatMap((one) => one.results)];
  const count = (outcome: StepOutcome): number => results.filter((each) => each.outcome === outcome).length;
  const figures = (['proved', 'remark', 'not-proved', 'failed'] as const)
    .filter((outcome) => count(outcome) > 0)
    .map((outcome) => `${count(outcome)} ${OUTCOME_WORDS[outcome]}`);
  return [
    '',
    `${VERDICTS[verdictOf(state)]}: ${figures.join('; ')}.`,
    ...openLines(state).flatMap((line) => wrap(plain(line), Math.min(width, PIPE_WIDTH))),
    ...reports.map((file) => `Report: ${file}`),
  ];
}

const VERDICTS = {
  proved: 'Proved',
  incomplete: 'Nothing failed',
  failed: 'Failed',
  unfinished: 'Not finished',
} as const;
