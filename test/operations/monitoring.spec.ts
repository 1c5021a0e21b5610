import { afterEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { metrics } from '@opentelemetry/api';
import { type Metric, METRICS } from '../../src/operations/index.js';
import { EVENT_NAMES } from '../../src/operations/events/event.rules.js';
import { Instruments } from '../../src/operations/metrics/instruments.js';
import type { CounterKey, HistogramKey, ObservableKey } from '../../src/operations/metrics/metric.catalog.js';
import { codes, page, REPOSITORY, table } from '../docs/support/markdown.js';
import { startTelemetry } from './support/telemetry.js';

const CATALOG: readonly (readonly [string, Metric])[] = Object.entries(METRICS);
const file = (name: string): string => readFileSync(join(REPOSITORY, 'examples/monitoring', name), 'utf8');
const plain = (name: string): string => name.replaceAll('.', '_');

/** Names of the series that Prometheus makes of a metric. */
function seriesOf({ name, kind }: Metric): string[] {
  if (kind === 'histogram') return ['_bucket', '_count', '_sum'].map((suffix) => plain(name) + suffix);
  return [plain(name) + (kind.endsWith('counter') ? '_total' : '')];
}

const LABELS = new Map(
  CATALOG.flatMap(([, metric]) =>
    seriesOf(metric).map((series) => [series, metric.attributes.map(plain)] as const),
  ),
);

/** Series and labels of a PromQL expression, all of which begin with the module's name. */
function used(expression: string): { series: string[]; labels: string[] } {
  const names = [...new Set(expression.match(/\bimpact_[a-z_]+/g) ?? [])];
  const isLabel = (name: string): boolean =>
    new RegExp(`(?:by|without) \\([^)]*\\b${name}\\b|\\b${name}(?:=~|=|!=|!~)"|\\$labels\\.${name}\\b`).test(
      expression,
    );
  return { series: names.filter((name) => !isLabel(name)), labels: names.filter(isLabel) };
}

/** What is named and does not exist. */
function unknownIn(expression: string): string[] {
  const { series, labels } = used(expression);
  const known = new Set(series.flatMap((name) => LABELS.get(name) ?? []));
  return [...series.filter((name) => !LABELS.has(name)), ...labels.filter((label) => !known.has(label))];
}

describe('an exporter', () => {
  const telemetry: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of telemetry.splice(0)) await one.close();
  });

  it('names the series as the dashboard expects them', async () => {
    const sdk = startTelemetry();
    telemetry.push(sdk);
    const instruments = new Instruments(metrics.getMeter('test'));
    for (const [key, { kind }] of CATALOG) {
      if (kind === 'counter') instruments.count(key as CounterKey, {});
      else if (kind === 'histogram') instruments.measure(key as HistogramKey, 1, {});
      else instruments.observable(key as ObservableKey).addCallback((result) => result.observe(1));
    }
    const series = new Set([...(await sdk.scrape()).matchAll(/^(impact_\w+)/gm)].map(([, name]) => name));
    expect(series).toEqual(new Set(LABELS.keys()));
  });
});

describe('the metrics', () => {
  it('have names and labels by the conventions', () => {
    const names = CATALOG.map(([, { name }]) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^impact(?:\.[a-z]+)+$/.test(name))).toEqual([]);
    expect(CATALOG.filter(([, { unit }]) => !/^(?:s|\{[a-z]+\})$/.test(unit))).toEqual([]);
  });

  it('are all in docs/monitoring.md, with unit and labels', () => {
    const { rows } = table(page('docs/monitoring.md').text, 'Metric', 'Kind', 'Unit', 'Labels');
    const told = rows.map(([name = '', , unit = '', labels = '']) => [
      codes(name)[0],
      codes(unit)[0],
      codes(labels),
    ]);
    expect(told).toEqual(
      CATALOG.map(([, { name, unit, attributes }]) => [
        name,
        unit,
        attributes.map((attribute) => attribute.slice('impact.'.length)),
      ]),
    );
  });
});

it('every event is in docs/monitoring.md, and no other', () => {
  const { rows } = table(page('docs/monitoring.md').text, 'Event', 'When');
  expect(new Set(rows.map(([name = '']) => codes(name)[0]))).toEqual(new Set(EVENT_NAMES));
});

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { x: number; y: number; w: number; h: number };
  readonly targets?: { refId: string; expr: string; datasource: { uid: string } }[];
}

describe('examples/monitoring/grafana-dashboard.json', () => {
  const { panels, templating } = JSON.parse(file('grafana-dashboard.json')) as {
    panels: Panel[];
    templating: { list: { name: string; query: unknown }[] };
  };
  const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

  it('asks for series and labels that exist', () => {
    expect(expressions.length).toBeGreaterThan(20);
    expect(expressions.flatMap(unknownIn)).toEqual([]);
    expect(unknownIn(JSON.stringify(templating.list.map(({ query }) => query)))).toEqual([]);
  });

  it('would show one that does not', () => {
    expect(unknownIn('sum by (impact_order) (rate(impact_sales_made_up_total[5m]))')).toEqual([
      'impact_sales_made_up_total',
      'impact_order',
    ]);
  });

  it('shows every metric', () => {
    const shown = new Set(expressions.flatMap((expression) => used(expression).series));
    const left = CATALOG.filter(([, metric]) => !seriesOf(metric).some((series) => shown.has(series)));
    expect(left).toEqual([]);
  });

  it('never adds up what every process reads from the database', () => {
    const gauges = CATALOG.filter(([, { kind }]) => kind === 'observable-gauge').map(([, { name }]) =>
      plain(name),
    );
    const added = expressions.filter((expression) =>
      gauges.some((gauge) => new RegExp(`\\bsum(?: by \\([^)]*\\))? ?\\(${gauge}\\b`).test(expression)),
    );
    expect(added).toEqual([]);
  });

  it('has panels that neither share an id nor overlap', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.filter(({ gridPos }) => gridPos.x + gridPos.w > 24)).toEqual([]);
  });

  it('takes its data source from the variable', () => {
    const sources = panels.flatMap(({ targets = [] }) => targets.map(({ datasource }) => datasource.uid));
    expect(new Set(sources)).toEqual(new Set(['${datasource}']));
    expect(templating.list.map(({ name }) => name)).toEqual(['datasource', 'job']);
  });
});

describe('examples/monitoring/impact.rules.yml', () => {
  const rules = file('impact.rules.yml').split('- alert: ').slice(1);

  it('asks for series and labels that exist', () => {
    expect(rules.length).toBeGreaterThan(8);
    expect(rules.flatMap(unknownIn)).toEqual([]);
  });

  it('has a summary, an action and a severity in every alert, and each is in docs/monitoring.md', () => {
    const told = page('docs/monitoring.md').text;
    for (const rule of rules) {
      const [name = ''] = rule.split('\n');
      expect(rule).toMatch(/severity: (?:page|ticket)/);
      expect(rule).toMatch(/summary: /);
      expect(rule).toMatch(/action: /);
      expect(told).toContain(`\`${name}\``);
    }
  });
});
