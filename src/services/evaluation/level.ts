import { SECONDS_PER_DAY } from '../../domain/event';
import type { CustomerForecast } from '../../domain/metrics/forecast';
import { type CustomerHistory, type KnownCustomer, knownCustomers, outcomeOf } from './customer-history';
import { STRUCTURAL_PEERS, type StructuralPeer } from './peers';
import { expectedCounts, type StructuralFits } from './structural-peers';

/** How far a level forecaster was off at earlier origins. */
export interface LevelRecord {
  readonly forecaster: StructuralPeer;
  /** Weighted mean of |ln(predicted total ÷ actual total)|, recent origins counting more. */
  readonly error: number;
}

/** Weights of the origins one and two windows before: the later one says more. */
const ORIGIN_WEIGHTS = [1, 0.5];

/**
 * The level forecasters by what they were off at origins one and two label windows before `asOfS`, each fitted on what lay before
 * its origin; the best first.
 */
export function rankLevels(
  histories: readonly CustomerHistory[],
  fits: StructuralFits,
  asOfS: number,
  windowDays: number,
): LevelRecord[] {
  const records = STRUCTURAL_PEERS.map((forecaster) => {
    let [sum, weights] = [0, 0];
    ORIGIN_WEIGHTS.forEach((weight, i) => {
      const originS = asOfS - (i + 1) * windowDays * SECONDS_PER_DAY;
      const customers = knownCustomers(histories, originS);
      const actual = total(customers.map((customer) => outcomeOf(customer, windowDays, 1).orders));
      if (actual === 0) return;
      const predicted = total(levelOf(forecaster, fits, originS, customers, windowDays));
      sum += weight * Math.abs(Math.log(predicted / actual));
      weights += weight;
    });
    return { forecaster, error: weights === 0 ? Number.POSITIVE_INFINITY : sum / weights };
  });
  return records.sort((a, b) => a.error - b.error);
}

/** Expected orders of each customer by one of the level forecasters, fitted before `asOfS`. */
export function levelOf(
  forecaster: StructuralPeer,
  fits: StructuralFits,
  asOfS: number,
  customers: readonly KnownCustomer[],
  days: number,
): number[] {
  return customers.map((customer) => expectedCounts(forecaster, customer, fits.before(asOfS), days));
}

/** Factor that brings the forecasts' total to `targets`'. */
export function levelFactor(
  targets: readonly number[],
  forecasts: readonly Pick<CustomerForecast, 'orders'>[],
): number {
  const factor = total(targets) / total(forecasts.map(({ orders }) => orders));
  return Number.isFinite(factor) && factor > 0 ? factor : 1;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
