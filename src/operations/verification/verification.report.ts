import { createPages, stylesheet } from '../../pages/index.js';
import { reportModel, type ReportLine, type ReportModel } from './report.rules.js';
import type { VerificationState } from './verification.types.js';

/** The hand-over for the vendor's onboarding contact, as one HTML file that loads nothing. */
export function reportAsHtml(state: VerificationState): string {
  const pages = createPages({ viewsDir: new URL('./views/', import.meta.url) });
  return pages.render('report', { report: reportModel(state), css: stylesheet() });
}

/** The same as Markdown. */
export function reportAsMarkdown(state: VerificationState): string {
  const report = reportModel(state);
  return [
    `# ${safe(report.title)}`,
    `**${safe(report.verdict)}** ${report.figures.map(([count, what]) => `${count} ${what}`).join(', ')}.`,
    table(['', ''], report.facts),
    ...listed('## What failed', report.failures),
    ...(report.open.length === 0
      ? []
      : ['## Still open', report.open.map((line) => `- ${safe(line)}`).join('\n')]),
    '## The way of the click',
    table(['Status', 'Host and path', 'Parameters kept', 'added', 'lost', 'Click id'], report.chain),
    ...report.sections.flatMap((section) => [
      `## ${safe(section.title)}`,
      ...(section.facts.length === 0 ? [] : [table(['', ''], section.facts)]),
      section.lines.length === 0
        ? 'Nothing was looked at.'
        : table(
            ['Step', 'Result', 'Expected', 'Seen', 'When'],
            section.lines.map(({ title, words, expected, seen, at }) => [title, words, expected, seen, at]),
          ),
    ]),
    ...listed('## What is not proved', report.gaps),
    '',
  ].join('\n\n');
}

function listed(title: string, lines: readonly ReportLine[]): string[] {
  if (lines.length === 0) return [];
  return [
    title,
    lines
      .map(({ title: step, of, expected, seen, fix }) =>
        `- **${safe(step)}**${of === '' ? '' : ` (${safe(of)})`}: expected ${safe(expected)}; seen: ${safe(seen)}. ${safe(fix)}`.trim(),
      )
      .join('\n'),
  ];
}

function table(
  head: readonly string[],
  rows: ReportModel['facts'] | ReportModel['chain'] | readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(safe).join(' | ')} |`;
  return [line(head), `| ${head.map(() => '---').join(' | ')} |`, ...rows.map((row) => line(row))].join('\n');
}

/** Text of others: neither markup, nor a link, nor the end of a cell or line. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g;
const safe = (text: string): string =>
  text
    .replaceAll(CONTROL, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_[\]|]/g, '\\$&');
