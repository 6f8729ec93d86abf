import { METRICS, type MetricSpec } from './metrics';

/** docs/metrics.md as text; a test holds the file to it. */
export function renderMetricsReference(): string {
  const metrics: MetricSpec[] = Object.values(METRICS);
  return [
    '# Metrics',
    '',
    'Written from `src/observability/metrics.ts` by `UPDATE_DOCS=true npx jest test/observability/metrics-reference.test.ts`; do not edit.',
    '',
    'Every process serves them at `/metrics`, beside the standard `process_*` and `nodejs_*` series of prom-client.',
    'No label ever holds a customer id; counters are raised once per micro-batch.',
    '',
    '| name | type | labels | meaning and unit |',
    '|---|---|---|---|',
    ...metrics.map((metric) => `| \`${metric.name}\` | ${metric.type} | ${labelsOf(metric)} | ${metric.help} |`),
    '',
    '## Buckets',
    '',
    '| histogram | upper bounds |',
    '|---|---|',
    ...metrics
      .filter((metric) => metric.buckets !== undefined)
      .map((metric) => `| \`${metric.name}\` | ${metric.buckets?.join(', ')} |`),
    '',
  ].join('\n');
}

function labelsOf(metric: MetricSpec): string {
  return metric.labels.length === 0 ? '–' : metric.labels.map((label) => `\`${label}\``).join(', ');
}
