import { searchChart } from '../../../../src/cli/reports/fit/search-chart';
import { searchTable } from '../../../../src/cli/reports/fit/search-table';

const record = (rung: number, trial: number, score: number | null) => ({
  rung,
  trial,
  customers: 500 * 2 ** rung,
  values: trial === 0 ? {} : { batchSize: 64 * trial },
  folds: [score],
  score,
});
const RECORDS = [
  record(0, 0, 2),
  record(0, 1, 1),
  record(0, 2, null),
  record(0, 3, 4),
  record(1, 0, 1.8),
  record(1, 1, 0.9),
];

test('the picture has a line for each search run that has a loss, the chosen one last; customers below', () => {
  const svg = searchChart(RECORDS, 1);
  expect(svg.match(/<polyline/g)).toHaveLength(3);
  expect([...svg.matchAll(/<title>run (\d)/g)].map(([, trial]) => trial)).toEqual(['3', '0', '0', '1', '1']);
  expect(svg).toContain('run 1, chosen');
  expect(svg).toContain('>500<');
  expect(svg).toContain('>1000<');
  expect(searchChart(RECORDS.slice(0, 1), 0)).not.toMatch(/NaN|Infinity/);
});

test('the table lists the runs that got furthest first, then by loss', () => {
  const rows = searchTable(RECORDS).slice(1);
  expect(rows.map((row) => row.trim().split(/\s+/).slice(0, 3))).toEqual([
    ['1', '1000', '0.9000'],
    ['0', '1000', '1.8000'],
    ['3', '500', '4.0000'],
    ['2', '500', 'none'],
  ]);
  expect(rows[1]).toContain('the defaults');
  expect(rows[0]).toContain('batchSize=64');
});
