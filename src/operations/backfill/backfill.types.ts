import type { ConversionInput } from '../../wire/index.js';
import type { BackfillColumn } from './column.rules.js';

/**
 * Past sales: sales as `ConversionService.record()` takes them, one after the other; or a CSV file as a
 * stream of bytes or text. A database cursor, a generator and `createReadStream(file)` all fit.
 */
export type BackfillSource =
  Iterable<ConversionInput> | AsyncIterable<ConversionInput> | AsyncIterable<string | Uint8Array>;

export interface BackfillOptions {
  /** Check everything and record nothing. Default `true`. */
  readonly dryRun?: boolean;
  /** First line to look at: the `next` of an earlier run. Lines before it are read and passed over. Default 1. */
  readonly from?: number;
  /** Take sales that are older than impact.com's published limits (88 days; 398 with `mediaPartnerId`). Default `false`. */
  readonly allowOld?: boolean;
  /** How many orders are to come, when known: for the estimate before the first one. Default: unknown. */
  readonly expected?: number;
  /** Header of a CSV file → column, where the names differ; `null` leaves a column out. */
  readonly columns?: Readonly<Record<string, BackfillColumn | null>>;
  /** ISO 4217, for a CSV file without a currency column. */
  readonly currency?: string;
  /** Separator of a CSV file: one character. Default: found out from the header. */
  readonly delimiter?: string;
  /** Ends the import between two batches. What was recorded stays; the report says where to go on. */
  readonly signal?: AbortSignal;
  /** Told before the first sale and after each batch. The import waits for a promise. */
  readonly onProgress?: (progress: BackfillProgress) => void | Promise<void>;
}

/** Something to be said about one line. Holds no value of the customer's, so it may be stored and logged. */
export interface BackfillFinding {
  /** Of a CSV file the line (the header is line 1), else the position of the sale, from 1. */
  readonly line: number;
  /** An `error` keeps the sale out, a `warning` does not. */
  readonly level: 'error' | 'warning';
  /** Column of the CSV file, or path in the input. */
  readonly field: string;
  /** Stable name of the rule: safe to switch on and to count. */
  readonly rule: string;
  /** Field, what is wrong and what to do, in a sentence or two. */
  readonly message: string;
  /** What to change; `null` where nothing need be. */
  readonly fix: string | null;
}

export interface BackfillCounts {
  /** New sales: recorded, or in a dry run those that would be. */
  readonly recorded: number;
  /** Of the recorded ones: kept and not sent, because nothing can attribute them. Not known in a dry run. */
  readonly skipped: number;
  /** Recorded before with the same content. */
  readonly already: number;
  /** Recorded before with other content; the first recording stands. */
  readonly conflicts: number;
  /** Kept out: they break a rule, or are too old. */
  readonly invalid: number;
  /** Taken, with at least one warning. */
  readonly warned: number;
}

export interface BackfillProgress extends BackfillCounts {
  /** Last line that was dealt with; 0 before the first. */
  readonly line: number;
  /** Where another run goes on: give it as `from`. */
  readonly next: number;
  /** Hours until everything is sent at `delivery.maxRequestsPerHour`, with what waits already; `expected` counts. */
  readonly hoursToSend: number;
  /** What is to be said about the lines since the last time. */
  readonly findings: readonly BackfillFinding[];
}

export interface BackfillReport extends Omit<BackfillProgress, 'findings'> {
  readonly dryRun: boolean;
  /** It was ended by its signal; go on with `next`. */
  readonly aborted: boolean;
  /** The first 1000; `onProgress` gets all of them. */
  readonly findings: readonly BackfillFinding[];
  /** How many more there were. */
  readonly moreFindings: number;
  /** Headers of the CSV file that mean nothing here. */
  readonly ignoredColumns: readonly string[];
}
