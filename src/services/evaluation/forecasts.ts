import { type BtydFit, BtydFits } from '../../domain/blend/btyd-baselines';
import {
  customerHistories,
  type KnownCustomer,
  knownCustomers,
  mergeSameDay,
} from '../../domain/blend/customer-history';
import { LEAST_WINDOW_DAYS, labelWindow } from '../../domain/blend/label-window';
import type { TotalRecord } from '../../domain/blend/total';
import type { CustomerEvent } from '../../domain/event';
import type { CustomerForecast } from '../../domain/metrics/forecast';
import { cappedAmounts, typicalOrderBefore } from '../../domain/state/capped-amounts';
import type { BaselineName } from './baselines';
import type { ChosenBaselines } from './evaluation-result';
import type { EvaluationSources, EvaluationTask } from './evaluation-task';
import { chooseBaselines, fitBaselines } from './fitted-baselines';
import { type NetworkForecasts, type NetworkTask, networkForecasts } from './network-forecasts';

/** Forecasts of every model for all customers with an event before the cut. They use events before the cut only. */
export interface Forecasts {
  readonly customers: readonly KnownCustomer[];
  readonly network: NetworkForecasts;
  readonly baselines: ReadonlyMap<BaselineName, readonly CustomerForecast[]>;
  readonly chosenBaselines: ChosenBaselines | null;
  readonly totals: readonly TotalRecord[];
  readonly btyd: BtydFit;
  readonly regressionRows: Readonly<Record<string, { readonly rows: number; readonly of: number }>>;
  readonly labelWindowDays: number;
}

/**
 * Checks and groups the events of a task, once for all models. It caps amounts by the typical order of the training events, and merges the
 * orders of one day into one order.
 */
export function prepare(task: EvaluationTask): NetworkTask {
  const { cutS, horizonDays } = task;
  const typical = typicalOrderBefore(task.train, cutS);
  const prepared = (all: readonly CustomerEvent[]) => mergeSameDay(cappedAmounts(all, typical));
  const events = prepared(task.events);
  const train = task.train === task.events ? events : prepared(task.train);
  const histories = customerHistories(events);
  const trainHistories = train === events ? histories : customerHistories(train);
  const customers = knownCustomers(histories, cutS);
  if (customers.length === 0) throw new Error('no customer has an event before the cut: choose a later cut');
  const fits = new BtydFits(trainHistories);
  const windowDays = labelWindow(trainHistories, cutS, horizonDays);
  if (windowDays < LEAST_WINDOW_DAYS)
    throw new Error(`too little history before the cut: ${2 * windowDays} days. Choose a later cut`);
  return { ...task, events, train, trainHistories, customers, fits, windowDays };
}

/** Fits every model on the events before the cut, and forecasts every customer with an event before it. */
export async function makeForecasts(task: EvaluationTask, sources: EvaluationSources): Promise<Forecasts> {
  const { cutS, horizonDays } = task;
  const prepared = prepare(task);
  const { trainHistories, customers, fits, windowDays } = prepared;
  sources.onProgress('baselines at the previous cut');
  const chosenBaselines = await chooseBaselines(task, trainHistories, fits, windowDays, sources);
  sources.onProgress('baselines');
  const fitted = await fitBaselines({ histories: trainHistories, fits, asOfS: cutS, windowDays }, task, sources);
  const baselines = new Map<BaselineName, CustomerForecast[]>();
  for (const [name, forecaster] of fitted.forecasters) baselines.set(name, forecaster(customers, horizonDays));
  for (const regression of fitted.regressions) regression.dispose();

  const network = await networkForecasts(prepared, sources);
  return {
    customers,
    network,
    baselines,
    chosenBaselines,
    totals: network.plan.totals,
    btyd: fits.before(cutS),
    regressionRows: fitted.rows,
    labelWindowDays: windowDays,
  };
}
