import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRICS, type MetricSpec } from '../../src/observability/metrics';
import { createPrometheusObserver } from '../../src/observability/prometheus-observer';

const DEPLOY = join(__dirname, '../../deploy');
const dashboard = readFileSync(join(DEPLOY, 'grafana/dashboards/clv-stream.json'), 'utf8');
const rules = readFileSync(join(DEPLOY, 'prometheus/rules.yml'), 'utf8');
const ruleTests = readFileSync(join(DEPLOY, 'prometheus/rules.test.yml'), 'utf8');

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly { readonly expr: string }[];
}

const panels = (JSON.parse(dashboard) as { panels: Panel[] }).panels;
const charts = panels.filter((panel) => panel.type !== 'row');

/** Series names that the table gives rise to. */
const series = new Set(
  (Object.values(METRICS) as MetricSpec[]).flatMap(({ name, type }) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ),
);
const recorded = new Set([...rules.matchAll(/record: (\S+)/g)].map((match) => match[1]));

const namesIn = (text: string, pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map((match) => match[0]))];

test.each([
  ['the dashboard', charts.flatMap((panel) => panel.targets?.map((target) => target.expr) ?? []).join('\n')],
  ['the rules', [...rules.matchAll(/expr: (.+)/g)].map((match) => match[1]).join('\n')],
  ["the rules' tests", [...ruleTests.matchAll(/series: '(.+)'/g)].map((match) => match[1]).join('\n')],
])('every metric named in %s exists', async (_where, text) => {
  const named = namesIn(text, /\bclv_[a-z0-9_]+/g);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !series.has(name))).toEqual([]);
  expect(namesIn(text, /\bclv:[a-z0-9_:]+/g).filter((name) => !recorded.has(name))).toEqual([]);
  const observer = createPrometheusObserver({ nowMs: () => 0, ready: () => true });
  const { body } = await observer.scrape();
  observer.close();
  for (const name of namesIn(text, /\b(?:process|nodejs)_[a-z0-9_]+/g)) expect(body).toContain(`# TYPE ${name} `);
});

test('labels named in queries are labels of their metric', () => {
  const labels = new Map((Object.values(METRICS) as MetricSpec[]).map((metric) => [metric.name, metric.labels]));
  for (const [, name, selector] of `${dashboard.replaceAll('\\"', '"')}\n${rules}`.matchAll(
    /\b(clv_[a-z0-9_]+)\{([^}]+)\}/g,
  )) {
    const base = name?.replace(/_(bucket|sum|count)$/, '') ?? '';
    const used = [...(selector ?? '').matchAll(/(\w+)(?==|!=|=~)/g)].map((match) => match[1] ?? '');
    const known = ['job', 'instance', ...(labels.get(name ?? '') ?? labels.get(base) ?? [])];
    expect({ name, unknown: used.filter((label) => !known.includes(label)) }).toEqual({ name, unknown: [] });
  }
});

test.each(charts.map((panel) => [panel.title, panel] as const))(
  'panel %s has a unit, words and a place of its own',
  (_title, panel) => {
    expect(panel.fieldConfig?.defaults.unit).toBeTruthy();
    expect(panel.description).toMatch(/\.$/);
    const { x, y, w, h } = panel.gridPos;
    expect(x + w).toBeLessThanOrEqual(24);
    const overlapping = panels.filter(
      ({ gridPos: other }) => x < other.x + other.w && other.x < x + w && y < other.y + other.h && other.y < y + h,
    );
    expect(overlapping).toEqual([panel]);
  },
);
