// Results as text: the same tables in the terminal and in bench/results/README.md.

export function figure(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return '';
  if (typeof value !== 'number') return String(value);
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1000) return String(value);
  if (size >= 1000) return Math.round(value).toLocaleString('en-US');
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return value.toFixed(size >= 1 || size === 0 ? 2 : 3);
}

const spread = ({ low, high }) => (low === null ? '' : `${figure(low)} to ${figure(high)}`);

const target = ({ atMost, atLeast }) =>
  atMost !== undefined ? `≤ ${figure(atMost)}` : atLeast !== undefined ? `≥ ${figure(atLeast)}` : '';

const verdict = { true: 'met', false: '**missed**', null: '' };

function markdownTable(columns, rows) {
  const cells = [columns, ...rows].map((row) => row.map((cell) => figure(cell).replaceAll('|', '\\|')));
  const widths = columns.map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(cells[0]), rule, ...cells.slice(1).map(line)].join('\n');
}

const section = (title, body) => (body === '' ? [] : [`### ${title}`, body]);

/** Ratios first. */
export function render({ group, title, facts, quick, ratios, tables, checks, notes }) {
  const rows = ratios.map((ratio) => [
    ratio.name,
    `${figure(ratio.value)}${ratio.unit}`,
    spread(ratio),
    target(ratio),
    verdict[ratio.met],
  ]);
  const failed = checks.filter(({ passed }) => !passed);
  const { databases, packages, ...machine } = facts;
  return [
    `## ${title}`,
    quick ? '**A quick run: a smoke test, no measurement.**' : '',
    markdownTable(['Ratio', 'Median', 'Quartiles', 'Target', ''], rows),
    ...tables.flatMap((table) => section(table.title, markdownTable(table.columns, table.rows))),
    ...notes.map((note) => `- ${note}`),
    failed.length === 0
      ? `All ${checks.length} checks that each contender did its work have passed.`
      : failed.map(({ name, detail }) => `**Check failed: ${name}** ${detail}`).join('\n'),
    `Group \`${group}\`, ${Object.entries(machine)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}. ${Object.entries(databases)
      .map(([name, value]) => `${name}: ${value}.`)
      .join(' ')} ${packages.join(', ')}.`,
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .replaceAll('\n\n- ', '\n- ')
    .concat('\n');
}
