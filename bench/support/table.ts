import type { Measured } from './measure';

/** Middle value; of an even number of values the mean of the two in the middle. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Rows in columns: the first column to the left, the others to the right. */
export function inColumns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) => row.map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join('  '))
    .join('\n');
}

const figure = (value: number, digits: number): string => (Number.isFinite(value) ? value.toFixed(digits) : '–');

/** One line per contender: median rate with the smallest and largest, its ratio to the first contender's median, and processor time. */
export function rateTable(results: ReadonlyMap<string, readonly Measured[]>): string {
  const rates = [...results.values()].map((runs) => median(runs.map(({ perSecond }) => perSecond)));
  const rows = [...results].map(([name, runs], i) => {
    const all = runs.map(({ perSecond }) => perSecond);
    const us = (of: (run: Measured) => number) => figure(median(runs.map(of)), 1);
    return [
      name,
      figure(rates[i]!, 0),
      `${figure(Math.min(...all), 0)}–${figure(Math.max(...all), 0)}`,
      figure(rates[i]! / rates[0]!, 2),
      us(({ programUs }) => programUs),
      us(({ brokerUs }) => brokerUs),
      us(({ redisUs }) => redisUs),
    ];
  });
  return inColumns([['', 'events/s', 'range', 'ratio', 'program µs', 'broker µs', 'Redis µs'], ...rows]);
}
