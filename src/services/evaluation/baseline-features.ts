import { between, type KnownCustomer, sumMinor } from '../../domain/blend/customer-history';
import { SECONDS_PER_DAY } from '../../domain/event';

/**
 * Features for the regressions, all logarithmic: orders, age, recency since the last order, days from first to last order, mean gap,
 * mean order value, total value, value returned; orders within the last quarter, half, whole and double window; value within the last
 * whole and double window. The unit of money is the value of a typical order.
 */
export function baselineFeatures(customer: KnownCustomer, windowDays: number, typicalMinor: number): number[] {
  const { history, asOfS, recencyFrequency, meanValue, orders } = customer;
  const { repeats, recency, age } = recencyFrequency;
  const recent = (share: number) => between(history.orders, asOfS - share * windowDays * SECONDS_PER_DAY, asOfS);
  const ordered = between(history.orders, Number.NEGATIVE_INFINITY, asOfS);
  const returned = between(history.returned, Number.NEGATIVE_INFINITY, asOfS);
  const money = (minor: number) => Math.log1p(Math.max(0, minor) / typicalMinor);
  return [
    Math.log1p(orders),
    Math.log1p(age),
    Math.log1p(age - recency),
    Math.log1p(recency),
    repeats === 0 ? 0 : Math.log1p(recency / repeats),
    money(meanValue?.mean ?? 0),
    money(sumMinor(ordered)),
    money(sumMinor(returned)),
    ...[0.25, 0.5, 1, 2].map((share) => Math.log1p(recent(share).length)),
    ...[1, 2].map((share) => money(sumMinor(recent(share)))),
  ];
}

/** Scales to mean 0 and standard deviation 1 on the rows of the constructor. A constant feature becomes 0. */
export class Standardiser {
  private readonly means: number[];
  private readonly scales: number[];

  constructor(rows: readonly (readonly number[])[]) {
    const width = rows[0]?.length ?? 0;
    this.means = Array.from({ length: width }, (_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length);
    this.scales = this.means.map((mean, j) =>
      Math.sqrt(rows.reduce((sum, row) => sum + (row[j]! - mean) ** 2, 0) / rows.length),
    );
  }

  apply(row: readonly number[]): number[] {
    return row.map((value, j) => (this.scales[j]! > 1e-9 ? (value - this.means[j]!) / this.scales[j]! : 0));
  }
}
