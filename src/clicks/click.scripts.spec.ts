import { describe, expect, it } from '@jest/globals';
import { SystemClock, type ImpactDatabase, type Row, type Script } from '../database/index.js';
import { postgresDialect } from '../database/dialects/index.js';
import { ClickScripts, type UnwrittenClick } from './click.scripts.js';

const NOW = 2_000_000_000_000;
const click: UnwrittenClick = {
  clickId: 'a',
  parameter: 'im_ref',
  firstSeenAt: 0,
  lastSeenAt: 0,
  landingPath: null,
  partnerParameters: null,
  consent: 'granted',
};
const row = (clickId: string): Row => ({
  id: 'row',
  program: 'default',
  click_id: clickId,
  parameter: 'im_ref',
  // PostgreSQL and MySQL hand out big integers as text.
  first_seen_at: String(NOW),
  last_seen_at: String(NOW),
  expires_at: String(NOW),
  landing_path: null,
  partner_parameters: null,
  consent: 'granted',
});

/** What a script asks for, when a look-up finds nothing before the first insert, or something from the start. */
function asked<T>(
  script: Script<T>,
  known: boolean,
): { statements: string[]; values: unknown[][]; result: T } {
  const statements: string[] = [];
  const values: unknown[][] = [];
  let there = known;
  for (let step = script.next(); ;) {
    if (step.done === true) return { statements, values, result: step.value };
    const { sql } = step.value;
    statements.push(sql);
    values.push([...step.value.values]);
    there ||= sql.startsWith('INSERT');
    const rows = sql.includes('now_ms') ? [{ now_ms: String(NOW) }] : there ? [row('a')] : [];
    step = script.next({ rows, affected: 0 });
  }
}

describe('ClickScripts', () => {
  const clock = new SystemClock();
  const database = { dialect: postgresDialect, clock, now: () => 'clock()' } as unknown as ImpactDatabase;
  const scripts = new ClickScripts(database, 'default', 1_000);

  it('writes nothing for a click that is there: an insert could fail in a caller’s REPEATABLE READ transaction', () => {
    const { statements, result } = asked(scripts.findOrAdd(click), true);
    expect(statements).toEqual([expect.stringMatching(/^SELECT/)]);
    expect(result.click.lastSeenAt).toEqual(new Date(NOW));
  });

  it('carries ages over from this process’s clock, and locks rows in one order', () => {
    const now = clock.now().getTime();
    const aged = (clickId: string, age: number) => ({
      ...click,
      clickId,
      firstSeenAt: now - age,
      lastSeenAt: now - age,
    });
    const { values } = asked(scripts.save([aged('b', 60_000), aged('a', 0), aged('c', -60_000)]), false);
    const inserted = values.at(-1)!;
    const column = (index: number) => [0, 10, 20].map((start) => inserted[start + index]);
    expect(column(2)).toEqual(['a', 'b', 'c']);
    const ages = column(5).map((time) => NOW - Number(time));
    expect(ages[1]).toBeGreaterThanOrEqual(60_000);
    expect(ages[1]).toBeLessThan(61_000);
    expect(ages[2]).toBe(0);
    expect(column(6)).toEqual(column(5).map((time) => Number(time) + 1_000));
  });
});
