import { SECONDS_PER_DAY } from '../event';
import type { CustomerForecast } from '../metrics/forecast';
import { BTYD_BASELINES, type BtydFits, expectedCounts } from './btyd-forecasters';
import { type CustomerHistory, type KnownCustomer, knownCustomers, outcomeOf } from './customer-history';
import { recentRates } from './recent-order-rate';

const TOTAL_BASELINES = [...BTYD_BASELINES, 'recent_rate'] as const;
export type TotalBaseline = (typeof TOTAL_BASELINES)[number];

/** How far a baseline of the total was off at earlier origins. */
export interface TotalRecord {
  readonly forecaster: TotalBaseline;
  /** Weighted mean of |ln(predicted total ÷ actual total)|, recent origins counting more; infinite where there was nothing to go by. */
  readonly error: number;
}

/** Weights of the origins one and two windows before: the later one says more. */
const ORIGIN_WEIGHTS = [1, 0.5];

/** Windows of history that an origin needs: on less every forecaster is off by far, and says nothing of later. */
const LEAST_HISTORY = 0.5;

/**
 * The baselines of the total by what they were off at origins one and two label windows before `asOfS`, each fitted on what lay before
 * its origin; the best first.
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

/** What a baseline of the total is fitted on. */
export interface TotalTask {
  readonly histories: readonly CustomerHistory[];
  readonly fits: BtydFits;
  /** Nothing at or after it is read, seconds. */
  readonly asOfS: number;
  /** Days of the label window. */
  readonly windowDays: number;
}

/** Expected orders of each customer by one of the baselines of the total, fitted before `asOfS`; null where there is too little history. */
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

/** Factor that brings the forecasts' total to `targets`'. */
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
