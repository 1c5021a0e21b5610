import { Fields, storableText } from './fields.reader.js';

/** One complaint of the vendor. */
export interface ApiProblem {
  /** The parameter that it is about; `null` when it is about the whole request. */
  readonly field: string | null;
  readonly message: string;
  /** `WARNING` or `ERROR` where given, as the vendor spells it. */
  readonly level: string | null;
}

const MOST_PROBLEMS = 20;
const LONGEST_NAME = 64;
const LONGEST_MESSAGE = 300;

/**
 * Reads both error envelopes of docs/vendor-contract.md §3.4, in JSON and XML, in any letter case.
 *
 * @param redact masks what the vendor may have echoed; applied to every text.
 */
export function readProblems(body: Fields, redact: (text: string) => string): ApiProblem[] {
  const shown = (text: string | null, longest: number): string | null =>
    // After the cut, which may leave half a character.
    text === null ? null : storableText(redact(text).slice(0, longest));
  const problems: ApiProblem[] = [];

  const add = (field: string | null, message: string | null, level: string | null): void => {
    if (message === null && field === null) return;
    problems.push({
      field: shown(field, LONGEST_NAME),
      message: shown(message, LONGEST_MESSAGE) ?? 'no reason given',
      level: shown(level, LONGEST_NAME),
    });
  };

  add(null, body.text('Message'), null);
  for (const entry of entriesOf(body).slice(0, MOST_PROBLEMS)) {
    const error = Fields.of(entry);
    if (error !== null) add(error.text('Field'), error.text('Message'), error.text('Level'));
    else if (typeof entry === 'string' && entry.trim() !== '') add(null, entry.trim(), null);
  }
  return problems;
}

function entriesOf(body: Fields): unknown[] {
  const single = body.object('Errors');
  if (single?.has('Message') === true) return [body.value('Errors')];
  return body.list('Errors', 'Error') ?? [];
}
