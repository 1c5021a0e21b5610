import { pipeline, Readable } from 'node:stream';
import { type CsvError, parse } from 'csv-parse';
import { BackfillFormatError } from './backfill.errors.js';
import type { CsvRow } from './row.rules.js';

const SEPARATORS = [',', ';', '\t', '|'];
/** Most characters of a row. A quote that is never closed makes the rest of the file one row. */
const LONGEST_ROW = 1_000_000;
const LONGEST_HEADER = 65_536;

/**
 * The rows of a CSV file, with the line on which each begins. Reads no further ahead than one chunk.
 *
 * @throws BackfillFormatError at the line that cannot be read.
 */
export async function* csvRows(
  chunks: AsyncIterable<string | Uint8Array>,
  delimiter?: string,
): AsyncGenerator<CsvRow, void, void> {
  const text = textOf(chunks);
  const beginning = await beginningOf(text);
  // The parser drops the rows that it holds when it fails: so it is made to go on, and nobody listens any more.
  let broken: CsvError | null = null;
  const isBroken = (): boolean => broken !== null;
  const parser = parse({
    delimiter: delimiter ?? separatorOf(beginning),
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_ROW,
    skip_records_with_error: true,
    on_skip: (error) => {
      broken ??= error ?? null;
    },
  });
  // Its callback is told of errors that the loop below gets as well.
  pipeline(Readable.from(joined(beginning, text, isBroken)), parser, () => undefined);
  for await (const each of parser) {
    const { record, info } = each as { record: string[]; info: { lines: number } };
    if (isBroken() && info.lines >= lineOf(broken)) break;
    // `info` counts to the end of the row.
    const inside = record.reduce((sum, cell) => sum + cell.split('\n').length - 1, 0);
    yield { line: info.lines - inside, cells: record };
  }
  if (broken !== null) throw formatError(broken);
}

const lineOf = (error: CsvError | null): number => Number((error as { lines?: unknown } | null)?.lines ?? 1);

async function* joined(
  beginning: string,
  rest: AsyncGenerator<string>,
  isBroken: () => boolean,
): AsyncGenerator<string, void, void> {
  try {
    if (beginning !== '') yield beginning;
    // By hand: it has been begun, and a loop over it would be a second owner.
    for (let step = await rest.next(); step.done !== true; step = await rest.next()) {
      if (isBroken()) return;
      yield step.value;
    }
  } finally {
    await rest.return(undefined);
  }
}

/** UTF-8 text without a byte order mark, with one kind of line end. */
async function* textOf(chunks: AsyncIterable<string | Uint8Array>): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let lines = 1;
  let held = '';
  let isFirst = true;
  const decode = (chunk: Uint8Array | undefined): string => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw new BackfillFormatError(
        lines,
        'the file is not UTF-8 (from here, or a little further on). Save it as "CSV UTF-8".',
      );
    }
  };
  const clean = (text: string): string => {
    const whole = held + (isFirst ? text.replace(/^\uFEFF/, '') : text);
    if (text !== '') isFirst = false;
    // Whether a line feed follows is known with the next chunk.
    held = whole.endsWith('\r') ? '\r' : '';
    const cleaned = (held === '' ? whole : whole.slice(0, -1)).replaceAll('\r\n', '\n');
    lines += cleaned.split('\n').length - 1;
    return cleaned;
  };
  for await (const chunk of chunks) yield clean(typeof chunk === 'string' ? chunk : decode(chunk));
  const end = clean(decode(undefined)) + held;
  if (end !== '') yield end;
}

/** As much as is needed to see the whole header. */
async function beginningOf(text: AsyncGenerator<string>): Promise<string> {
  let beginning = '';
  while (headerEnd(beginning) === -1 && beginning.length < LONGEST_HEADER) {
    const step = await text.next();
    if (step.done === true) break;
    beginning += step.value;
  }
  return beginning;
}

/** Where the first line ends that is no part of a quoted text; -1 when it does not. */
function headerEnd(text: string): number {
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === '"') quoted = !quoted;
    else if (text[index] === '\n' && !quoted) return index;
  }
  return -1;
}

/** The separator that stands most often in the header, outside of quotes. */
function separatorOf(beginning: string): string {
  const end = headerEnd(beginning);
  const header = (end === -1 ? beginning : beginning.slice(0, end)).replaceAll(/"[^"]*"/g, '');
  const counts = SEPARATORS.map((separator) => header.split(separator).length - 1);
  return SEPARATORS[counts.indexOf(Math.max(...counts))]!;
}

/** The parser's own message may quote the file. */
function formatError(error: CsvError): BackfillFormatError {
  const line = lineOf(error);
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return new BackfillFormatError(line, 'the file ends inside of a quoted text. Close the quote.');
    case 'CSV_MAX_RECORD_SIZE':
      return new BackfillFormatError(
        line,
        'a row is longer than a million characters. A quote is probably not closed: look at the lines before.',
      );
    default:
      return new BackfillFormatError(
        line,
        'the quotes do not fit together. Put a text that holds a quote into quotes, and write each quote in it twice.',
      );
  }
}
