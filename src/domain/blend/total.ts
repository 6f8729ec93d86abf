import { SECONDS_PER_DAY } from '../event';
import type { CustomerForecast } from '../metrics/forecast';
import { BTYD_BASELINES, type BtydFits, expectedCounts } from './btyd-baselines';
import { type CustomerHistory, type KnownCustomer, knownCustomers, outcomeOf } from './customer-history';
import { recentRates } from './recent-order-rate';

const TOTAL_BASELINES = [...BTYD_BASELINES, 'recent_rate'] as const;
export type TotalBaseline = (typeof TOTAL_BASELINES)[number];

/** Error of one baseline's total at earlier origins. */
export interface TotalRecord {
  readonly forecaster: TotalBaseline;
  /** Weighted mean of |ln(predicted total ÷ actual total)|, with more weight on recent origins. Infinite if there was no usable origin. */
  readonly error: number;
}

/** Weights of the origins one and two windows earlier. The later one is the better evidence. */
const ORIGIN_WEIGHTS = [1, 0.5];

/** Minimum history before an origin, in label windows. With less, every baseline is far off, and its error predicts nothing. */
const LEAST_HISTORY = 0.5;

/**
 * Ranks the baselines of the total by their errors at origins one and two label windows before `asOfS`, best first. Each is fitted on the
 * history before its origin.
 */
export function rankTotals(
  histories: readonly CustomerHistory[],
  fits: BtydFits,
  asOfS: number,
  windowDays: number,
): TotalRecord[] {
  const firstS = histories.reduce((earliest, { firstSeenS }) => Math.min(earliest, firstSeenS), asOfS);
  const windowS = windowDays * SECONDS_PER_DAY;
  const records = TOTAL_BASELINES.map((forecaster) => {
    let [sum, weights] = [0, 0];
    ORIGIN_WEIGHTS.forEach((weight, i) => {
      const originS = asOfS - (i + 1) * windowS;
      if (originS - firstS < LEAST_HISTORY * windowS) return;
      const customers = knownCustomers(histories, originS);
      const actual = total(customers.map((customer) => outcomeOf(customer, windowDays, 1).orders));
      if (actual === 0) return;
      const said = totalOf(forecaster, { histories, fits, asOfS: originS, windowDays }, customers, windowDays);
      if (said === null) return;
      const predicted = total(said);
      sum += weight * Math.abs(Math.log(predicted / actual));
      weights += weight;
    });
    return { forecaster, error: weights === 0 ? Number.POSITIVE_INFINITY : sum / weights };
  });
  return records.sort((a, b) => a.error - b.error);
}

/** Inputs to fit a baseline of the total. */
export interface TotalTask {
  readonly histories: readonly CustomerHistory[];
  readonly fits: BtydFits;
  /** Nothing at or after it is read, seconds. */
  readonly asOfS: number;
  /** Days of the label window. */
  readonly windowDays: number;
}

/** Each customer's expected orders from one baseline of the total, fitted before `asOfS`. null if the history is too short. */
export function totalOf(
  forecaster: TotalBaseline,
  { histories, fits, asOfS, windowDays }: TotalTask,
  customers: readonly KnownCustomer[],
  days: number,
): number[] | null {
  if (forecaster === 'recent_rate') {
    const rates = recentRates(histories, asOfS, windowDays);
    return rates === null ? null : customers.map((customer) => (rates(customer) * days) / windowDays);
  }
  return customers.map((customer) => expectedCounts(forecaster, customer, fits.before(asOfS), days));
}

/** Factor that brings the total of the forecasts to the total of `targets`. */
export function totalFactor(
  targets: readonly number[],
  forecasts: readonly Pick<CustomerForecast, 'orders'>[],
): number {
  const factor = total(targets) / total(forecasts.map(({ orders }) => orders));
  return Number.isFinite(factor) && factor > 0 ? factor : 1;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
