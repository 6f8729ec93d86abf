import { backtest } from '../../domain/blend/backtest';
import { type BlendPlan, blendedSettings, planBlend } from '../../domain/blend/blend-plan';
import type { BtydFits } from '../../domain/blend/btyd-baselines';
import { type CustomerHistory, type KnownCustomer, knownCustomers } from '../../domain/blend/customer-history';
import { type NetworkFitter, readAll, statesBefore } from '../../domain/blend/network-model';
import { expectedOrders } from '../../domain/distribution/order-curve';
import type { CustomerEvent } from '../../domain/event';
import type { CustomerForecast } from '../../domain/metrics/forecast';
import type { HeadOutputs, ModelSettings } from '../../domain/scoring/model';

export interface NetworkTask {
  readonly events: readonly CustomerEvent[];
  readonly train: readonly CustomerEvent[];
  readonly trainHistories: readonly CustomerHistory[];
  readonly customers: readonly KnownCustomer[];
  readonly fits: BtydFits;
  readonly cutS: number;
  readonly horizonDays: number;
  readonly windowDays: number;
  readonly seeds: readonly number[];
  readonly minorPerMajor: number;
}

export interface NetworkForecasts {
  readonly alone: readonly (readonly CustomerForecast[])[]; // [seeds][customers]
  readonly served: readonly (readonly CustomerForecast[])[]; // [seeds][customers]
  /** Factor of each seed that corrects the total. */
  readonly factors: readonly number[];
  readonly plan: BlendPlan;
}

/**
 * Forecasts of the network alone and of the served model, computed with the product's scorer. The served model blends orders with
 * Pareto/NBD and order values with Gamma-Gamma. A backtest one label window earlier sets the blend. The total of the training
 * customers is corrected to that of the baselines chosen for the total.
 */
export async function networkForecasts(
  task: NetworkTask,
  sources: { readonly fitNetwork: NetworkFitter; onProgress(step: string): void },
): Promise<NetworkForecasts> {
  const { cutS, horizonDays, minorPerMajor } = task;
  const blendTask = {
    ...task,
    events: task.train,
    histories: task.trainHistories,
    customers: knownCustomers(task.trainHistories, cutS),
    asOfS: cutS,
  };
  sources.onProgress('network at the previous cut');
  const plan = planBlend(blendTask, await backtest({ ...blendTask, seed: task.seeds[0]! }, sources.fitNetwork));
  const alone: CustomerForecast[][] = [];
  const served: CustomerForecast[][] = [];
  const factors: number[] = [];
  for (const seed of task.seeds) {
    sources.onProgress(`network, seed ${seed}`);
    const { weights, settings } = await sources.fitNetwork(task.train, cutS, seed);
    const forecast = (used: ModelSettings) => {
      const states = statesBefore(task.events, cutS, used.window);
      const customerStates = task.customers.map(({ customerId }) => states.get(customerId)!);
      return forecastsOf(readAll(weights, used, customerStates, cutS, minorPerMajor), horizonDays, minorPerMajor);
    };
    const blended = blendedSettings(weights, settings, blendTask, plan);
    factors.push(blended.structure.level);
    alone.push(forecast(settings));
    served.push(forecast(blended));
  }
  return { alone, served, factors, plan };
}

function forecastsOf(outputs: readonly HeadOutputs[], days: number, minorPerMajor: number): CustomerForecast[] {
  return outputs.map(({ curve, dispersion, erlangShape, orderValueMinor, logSpendSigma }) => {
    const orders = expectedOrders(curve, days);
    return { orders, dispersion, erlangShape, spend: (orders * orderValueMinor) / minorPerMajor, logSpendSigma };
  });
}
