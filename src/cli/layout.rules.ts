/** Letters that would move the cursor, change colours or forge a line. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
// eslint-disable-next-line no-control-regex
const ANSI = /\u001b\[[0-9;]*m/g;

/** Somebody else's text as a terminal may show it. */
export const plain = (text: string): string => text.replaceAll(CONTROL, ' ');

/** How many places a text takes; colours take none. */
export const lengthOf = (text: string): number => [...text.replaceAll(ANSI, '')].length;

export const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - lengthOf(text)));

/** Cut to a width, and seen to be cut. */
export function cut(text: string, width: number): string {
  const letters = [...text];
  return letters.length <= width ? text : `${letters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

/**
 * Breaks a text between words, and inside those that are too long for a line.
 *
 * @param hang how far lines after the first are moved in.
 */
export function wrap(text: string, width: number, hang = 0): string[] {
  const lines: string[] = [];
  let line = '';
  const room = (): number => Math.max(8, width - (lines.length === 0 ? 0 : hang));
  const end = (): void => {
    lines.push(`${lines.length === 0 ? '' : ' '.repeat(hang)}${line}`);
    line = '';
  };
  for (const word of text.split(/\s+/).filter((each) => each !== '')) {
    let rest = word;
    if (line !== '' && lengthOf(line) + 1 + lengthOf(rest) <= room()) {
      line += ` ${rest}`;
      continue;
    }
    if (line !== '') end();
    while (lengthOf(rest) > room()) {
      const letters = [...rest];
      line = letters.slice(0, room()).join('');
      rest = letters.slice(room()).join('');
      end();
    }
    line = rest;
  }
  if (line !== '' || lines.length === 0) end();
  return lines;
}

export interface Column {
  readonly title: string;
  readonly right?: boolean;
  /** Cut first when the table is too wide. */
  readonly gives?: boolean;
}

/** A table without lines. Too wide, the columns that give are cut, and then the last one. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const cells = rows.map((row) => row.map(plain));
  const widths = columns.map(({ title }, index) =>
    Math.max(lengthOf(title), ...cells.map((row) => lengthOf(row[index] ?? ''))),
  );
  const gap = 2;
  const total = (): number => widths.reduce((sum, each) => sum + each, 0) + gap * (columns.length - 1);
  const giving = columns.flatMap(({ gives }, index) => (gives === true ? [index] : []));
  for (const index of [...giving, columns.length - 1]) {
    const over = total() - width;
    if (over > 0) widths[index] = Math.max(8, widths[index]! - over);
  }
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) => {
        const short = cut(cell, widths[index]!);
        if (columns[index]?.right === true) return ' '.repeat(widths[index]! - lengthOf(short)) + short;
        return index === columns.length - 1 ? short : padded(short, widths[index]!);
      })
      .join(' '.repeat(gap))
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...cells.map(line)];
}

/** Names and values under each other; long values go on under themselves. */
export function pairs(entries: readonly (readonly [name: string, value: string])[], width: number): string[] {
  const names = Math.max(0, ...entries.map(([name]) => lengthOf(name))) + 2;
  return entries.flatMap(([name, value]) => {
    const [first = '', ...others] = wrap(plain(value), Math.max(20, width - names));
    return [`${padded(name, names)}${first}`, ...others.map((line) => ' '.repeat(names) + line)];
  });
}

/** `2026-11-23 00:15`, in UTC. */
export const minute = (at: Date): string => at.toISOString().slice(0, 16).replace('T', ' ');

/** A length of time in words, in its two largest units at most. */
export function span(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days ${hours % 24} h`;
}

/** `1 sale`, `2 sales`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;
