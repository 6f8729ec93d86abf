import { expectedOrders } from '../../domain/distribution/order-curve';
import { INTERVAL_EDGES_DAYS } from '../../domain/label-intervals';
import { spearman } from '../../domain/metrics/rank-correlation';
import type { Example } from '../../domain/scoring/example';
import type { HeadOutputs } from '../../domain/scoring/model';

/** Predicted and actual totals over all examples whose label intervals up to `days` are closed. */
export interface Calibration {
  readonly days: number;
  readonly examples: number;
  readonly predictedOrders: number;
  readonly actualOrders: number;
}

export interface HoldoutMetrics {
  readonly calibration: readonly Calibration[];
  /** Rank correlation of expected and actual orders within 90 days. Null if too few examples cover 90 days, or if all are equal. */
  readonly spearman90: number | null;
}

const CALIBRATED_DAYS = [30, 90, 365];
const RANKED_DAYS = 90;

/** Compares head outputs with the labels of examples that were not trained on. */
export function holdoutMetrics(examples: readonly Example[], outputs: readonly HeadOutputs[]): HoldoutMetrics {
  const calibration = CALIBRATED_DAYS.map((days) => {
    const { predicted, actual } = closedUpTo(examples, outputs, days);
    return { days, examples: actual.length, predictedOrders: sum(predicted), actualOrders: sum(actual) };
  });
  const ranked = closedUpTo(examples, outputs, RANKED_DAYS);
  const correlation = spearman(ranked.predicted, ranked.actual);
  return { calibration, spearman90: Number.isFinite(correlation) ? correlation : null };
}

function closedUpTo(examples: readonly Example[], outputs: readonly HeadOutputs[], days: number) {
  const intervals = (INTERVAL_EDGES_DAYS as readonly number[]).indexOf(days);
  const predicted: number[] = [];
  const actual: number[] = [];
  examples.forEach(({ label }, i) => {
    if (label.closedIntervals < intervals) return;
    predicted.push(expectedOrders(outputs[i]!.curve, days));
    actual.push(sum(Array.from(label.orders).slice(0, intervals)));
  });
  return { predicted, actual };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
