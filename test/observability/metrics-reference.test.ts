import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRICS, type MetricSpec } from '../../src/observability/metrics';
import { renderMetricsReference } from '../../src/observability/metrics-reference';

const REFERENCE = join(__dirname, '../../docs/metrics.md');
const metrics: MetricSpec[] = Object.values(METRICS);

test('docs/metrics.md matches the table', () => {
  if (process.env.UPDATE_DOCS === 'true') writeFileSync(REFERENCE, renderMetricsReference());
  expect(readFileSync(REFERENCE, 'utf8')).toBe(renderMetricsReference());
});

test.each(metrics.map((metric) => [metric.name, metric] as const))('%s follows the naming rules', (name, metric) => {
  expect(name).toMatch(/^clv_[a-z][a-z_]*$/);
  expect(name.endsWith('_total')).toBe(metric.type === 'counter');
  expect(metric.buckets !== undefined).toBe(metric.type === 'histogram');
  expect(metric.labels.filter((label) => /customer|^id$/.test(label))).toEqual([]);
  expect(metric.help).toMatch(/\.$/);
});

test('names are unique', () => {
  expect(new Set(metrics.map((metric) => metric.name)).size).toBe(metrics.length);
});
