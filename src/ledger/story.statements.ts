import { type ImpactDatabase, json, date, run, type Row, type Script, text } from '../database/index.js';
import type { StoryEvent } from './ledger.types.js';

/** One line as it is stored. */
export interface StoredLine {
  readonly at: Date;
  readonly what: StoryEvent;
  readonly data: Readonly<Record<string, unknown>>;
}

export function* tell(
  database: Pick<ImpactDatabase, 'now'>,
  conversion: string,
  what: StoryEvent,
  data: Readonly<Record<string, unknown>>,
): Script<void> {
  yield* run(`INSERT INTO impact_story (conversion, at, what, data) VALUES (?, ${database.now()}, ?, ?)`, [
    conversion,
    what,
    JSON.stringify(data),
  ]);
}

export function* storyOf(conversion: string): Script<StoredLine[]> {
  const { rows } = yield* run(`SELECT at, what, data FROM impact_story WHERE conversion = ? ORDER BY id`, [
    conversion,
  ]);
  return rows.map(lineOf);
}

const lineOf = (row: Row): StoredLine => ({
  at: date(row, 'at'),
  what: text(row, 'what') as StoryEvent,
  data: json(row, 'data') as StoredLine['data'],
});
