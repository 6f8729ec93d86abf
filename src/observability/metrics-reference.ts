import { METRICS, type MetricSpec } from './metrics';

/** The text of docs/metrics.md. A test compares it with the file. */
export function renderMetricsReference(): string {
  const metrics: MetricSpec[] = Object.values(METRICS);
  return [
    '# Metrics',
    '',
    'For whoever builds a dashboard or an alert. After reading a row you know what a series counts, its labels and its unit.',
    '',
    'Written from `src/observability/metrics.ts` by `UPDATE_DOCS=true npx jest test/observability/metrics-reference.test.ts`; do not edit.',
    '',
    '`score`, `train`, `serve` and `demo` serve them at `/metrics`, together with the standard `process_*` and `nodejs_*` series of prom-client.',
    'Labels never contain a customer id. Counters are raised once per micro-batch.',
    '',
    ...tableOf(
      ['name', 'type', 'labels', 'meaning and unit'],
      metrics.map((metric) => [`\`${metric.name}\``, metric.type, labelsOf(metric), metric.help]),
    ),
    '',
    '## Buckets',
    '',
    ...tableOf(
      ['histogram', 'upper bounds'],
      metrics.flatMap(({ name, buckets }) => (buckets === undefined ? [] : [[`\`${name}\``, buckets.join(', ')]])),
    ),
    '',
  ].join('\n');
}

/** Pads the columns, as the Markdown formatter does. */
function tableOf(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [line(heads), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}

function labelsOf(metric: MetricSpec): string {
  return metric.labels.length === 0 ? '–' : metric.labels.map((label) => `\`${label}\``).join(', ');
}
