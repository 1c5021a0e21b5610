/**
 * What a group hands back: ratios with their targets, tables of the plain numbers, and checks that every contender
 * has done its work.
 */
export class Findings {
  ratios = [];
  tables = [];
  checks = [];
  notes = [];

  /** @param value a number or a summary; @param target `{ atMost }` or `{ atLeast }`, or none. */
  ratio(name, value, target = {}, unit = '') {
    const {
      median,
      low = null,
      high = null,
      runs = 1,
    } = typeof value === 'number' ? { median: value } : value;
    const { atMost, atLeast } = target;
    const bound = atMost === undefined ? atLeast : atMost;
    const met = bound === undefined ? null : atMost === undefined ? median >= atLeast : median <= atMost;
    this.ratios.push({ name, value: median, low, high, runs, unit, ...target, met });
  }

  table(title, columns, rows) {
    this.tables.push({ title, columns, rows });
  }

  /** A contender that did not do its work must not win: the run fails. */
  check(name, passed, detail = '') {
    this.checks.push({ name, passed, detail });
  }

  note(text) {
    this.notes.push(text);
  }
}
