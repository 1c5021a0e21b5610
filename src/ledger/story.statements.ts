import {
  date,
  type ImpactDatabase,
  json,
  type RecordsetColumns,
  type Row,
  run,
  type Script,
  text,
} from '../database/index.js';
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

const LINE_COLUMNS: RecordsetColumns = {
  s_place: 'integer',
  s_conversion: 'key',
  s_what: 'text',
  s_data: 'text',
};

/** Any number of lines in one statement, in their order. */
export function* tellAll(
  database: Pick<ImpactDatabase, 'now' | 'dialect'>,
  lines: readonly {
    readonly conversion: string;
    readonly what: StoryEvent;
    readonly data: Readonly<Record<string, unknown>>;
  }[],
): Script<void> {
  if (lines.length === 0) return;
  const rows = lines.map(({ conversion, what, data }, place) => ({
    s_place: place,
    s_conversion: conversion,
    s_what: what,
    s_data: JSON.stringify(data),
  }));
  yield* run(
    `INSERT INTO impact_story (conversion, at, what, data) SELECT s_conversion, ${database.now()}, s_what, s_data ` +
      `FROM ${database.dialect.recordset('told', LINE_COLUMNS)} ORDER BY s_place`,
    [JSON.stringify(rows)],
  );
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
