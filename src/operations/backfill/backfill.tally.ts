import type { SettledOrder } from './backfill.ledger.js';
import type {
  BackfillCounts,
  BackfillFinding,
  BackfillOptions,
  BackfillProgress,
  BackfillReport,
} from './backfill.types.js';
import type { CheckedOrder } from './order.check.js';

/** Findings that the report itself holds: a file of which every line is wrong must not fill the memory. */
const MOST_KEPT = 1000;

type Count = Exclude<keyof BackfillCounts, 'warned'>;
const COUNTED: Readonly<Record<SettledOrder['as'], readonly Count[]>> = {
  recorded: ['recorded'],
  skipped: ['recorded', 'skipped'],
  already: ['already'],
  conflict: ['conflicts'],
  invalid: ['invalid'],
};

/** Keeps count of an import. */
export class BackfillTally {
  readonly #counts = { recorded: 0, skipped: 0, already: 0, conflicts: 0, invalid: 0, warned: 0 };
  readonly #kept: BackfillFinding[] = [];
  #fresh: BackfillFinding[] = [];
  #more = 0;
  #line = 0;
  #next: number;
  readonly #expected: number;

  /**
   * @param waiting calls that waited before the import.
   * @param perHour calls that may be made in an hour.
   */
  constructor(
    private readonly waiting: number,
    private readonly perHour: number,
    { from = 1, expected = 0 }: Pick<BackfillOptions, 'from' | 'expected'>,
  ) {
    this.#next = from;
    this.#expected = expected;
  }

  add(batch: readonly CheckedOrder[], settled: readonly SettledOrder[]): void {
    for (const [index, order] of batch.entries()) {
      const { as, findings } = settled[index]!;
      for (const count of COUNTED[as]) this.#counts[count] += 1;
      const said = [...order.findings, ...findings];
      const isTaken = as === 'recorded' || as === 'skipped';
      if (isTaken && said.some(({ level }) => level === 'warning')) this.#counts.warned += 1;
      // What is recorded already needs no warnings a second time.
      this.#keep(as === 'already' ? [] : said);
      this.#line = order.next - 1;
      this.#next = order.next;
    }
  }

  /** What was found since the last time goes with it. */
  progress(): BackfillProgress {
    const findings = this.#fresh;
    this.#fresh = [];
    return { ...this.#whole(), findings };
  }

  report(more: Pick<BackfillReport, 'dryRun' | 'aborted' | 'ignoredColumns'>): BackfillReport {
    return { ...this.#whole(), ...more, findings: this.#kept, moreFindings: this.#more };
  }

  #keep(findings: readonly BackfillFinding[]): void {
    this.#fresh.push(...findings);
    const room = MOST_KEPT - this.#kept.length;
    this.#kept.push(...findings.slice(0, room));
    this.#more += Math.max(0, findings.length - room);
  }

  #whole(): Omit<BackfillProgress, 'findings'> {
    const { recorded, skipped, already, conflicts, invalid } = this.#counts;
    const done = recorded + already + conflicts + invalid;
    const toSend = this.waiting + recorded - skipped + Math.max(0, this.#expected - done);
    return {
      line: this.#line,
      next: this.#next,
      ...this.#counts,
      hoursToSend: Math.ceil((toSend / this.perHour) * 10) / 10,
    };
  }
}
