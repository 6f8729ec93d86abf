import type { CustomerEvent } from '../../domain/event';
import type { CustomerForecast } from '../../domain/metrics/forecast';
import type { HeadReading, ModelSettings } from '../../domain/model';
import type { NetworkWeights } from '../../domain/network';
import { expectedOrders } from '../../domain/order-curve';
import { type CustomerHistory, type KnownCustomer, knownCustomers } from './customer-history';
import { readAll, statesBefore } from './network-model';
import type { StructuralPeer } from './peers';
import { anchoredSettings } from './structural-anchor';
import type { StructuralFits } from './structural-peers';

/** Trains the product's network on the events before `endS`. */
export type NetworkFitter = (
  train: readonly CustomerEvent[],
  endS: number,
  seed: number,
) => Promise<{ readonly weights: NetworkWeights; readonly settings: ModelSettings }>;

export interface NetworkTask {
  readonly events: readonly CustomerEvent[];
  readonly train: readonly CustomerEvent[];
  readonly trainHistories: readonly CustomerHistory[];
  readonly customers: readonly KnownCustomer[];
  readonly fits: StructuralFits;
  /** Who sets the cohort's level. */
  readonly level: StructuralPeer;
  readonly cutS: number;
  readonly horizonDays: number;
  readonly seeds: readonly number[];
  readonly minorPerMajor: number;
}

export interface NetworkForecasts {
  readonly alone: readonly (readonly CustomerForecast[])[]; // [seeds][customers]
  readonly served: readonly (readonly CustomerForecast[])[]; // [seeds][customers]
  /** Level factor of each seed. */
  readonly factors: readonly number[];
}

/**
 * The network alone, and what would be served: blended with Pareto/NBD, its training customers' total brought to the level
 * forecaster's, order values from Gamma-Gamma times the network's correction; read by the product's scorer.
 */
export async function networkForecasts(
  task: NetworkTask,
  sources: { readonly fitNetwork: NetworkFitter; onProgress(step: string): void },
): Promise<NetworkForecasts> {
  const { cutS, horizonDays, minorPerMajor } = task;
  const anchor = {
    ...task,
    events: task.train,
    customers: knownCustomers(task.trainHistories, cutS),
    asOfS: cutS,
  };
  const alone: CustomerForecast[][] = [];
  const served: CustomerForecast[][] = [];
  const factors: number[] = [];
  for (const seed of task.seeds) {
    sources.onProgress(`network, seed ${seed}`);
    const { weights, settings } = await sources.fitNetwork(task.train, cutS, seed);
    const forecast = (used: ModelSettings) => {
      const states = statesBefore(task.events, cutS, used.window);
      const asked = task.customers.map(({ customerId }) => states.get(customerId)!);
      return forecastsOf(readAll(weights, used, asked, cutS, minorPerMajor), horizonDays, minorPerMajor);
    };
    const anchored = anchoredSettings(weights, settings, anchor);
    factors.push(anchored.structure.level);
    alone.push(forecast(settings));
    served.push(forecast(anchored));
  }
  return { alone, served, factors };
}

function forecastsOf(readings: readonly HeadReading[], days: number, minorPerMajor: number): CustomerForecast[] {
  return readings.map(({ curve, dispersion, orderValueMinor, spread }) => {
    const orders = expectedOrders(curve, days);
    return { orders, dispersion, spend: (orders * orderValueMinor) / minorPerMajor, spread };
  });
}
