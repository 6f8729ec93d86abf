import type { HyperParameters } from '../../../services/fit/hyper-parameters';
import type { SearchRunRecord } from '../../../services/fit/search/search';

/** The search runs, those with most rungs first, each with the loss of its last rung. */
export function searchTable(records: readonly SearchRunRecord[]): string[] {
  const last = new Map(records.map((record) => [record.trial, record]));
  const sorted = [...last.values()].sort(
    (a, b) => b.rung - a.rung || (a.score ?? Infinity) - (b.score ?? Infinity) || a.trial - b.trial,
  );
  return [
    '  run  customers    loss  tried',
    ...sorted.map(({ trial, customers, score, values }) =>
      [
        String(trial).padStart(5),
        String(customers).padStart(9),
        (score?.toFixed(4) ?? 'none').padStart(6),
        trial === 0 ? `the defaults ${valuesLine(values)}`.trim() : valuesLine(values),
      ].join('  '),
    ),
  ];
}

export function valuesLine(values: HyperParameters): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}
