import { type BtydFit, BtydFits } from '../../domain/blend/btyd-forecasters';
import {
  customerHistories,
  type KnownCustomer,
  knownCustomers,
  mergeSameDay,
} from '../../domain/blend/customer-history';
import { LEAST_WINDOW_DAYS, labelWindow } from '../../domain/blend/label-window';
import type { TotalRecord } from '../../domain/blend/total';
import type { CustomerForecast } from '../../domain/metrics/forecast';
import { BASELINES, type BaselineName } from './baselines';
import type { ChosenBaselines } from './evaluation-result';
import type { EvaluationSources, EvaluationTask } from './evaluation-task';
import { chooseBaselines, fitBaselines } from './fitted-baselines';
import { type NetworkForecasts, type NetworkTask, networkForecasts } from './network-forecasts';

/** What every model says of everyone known at the cut: made from before it alone. */
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

/** Checks and groups what a task brings, once for all models. Orders of one day are one order from here on. */
export function prepare(task: EvaluationTask): NetworkTask {
  const { cutS, horizonDays } = task;
  const events = mergeSameDay(task.events);
  const train = task.train === task.events ? events : mergeSameDay(task.train);
  const histories = customerHistories(events);
  const trainHistories = train === events ? histories : customerHistories(train);
  const customers = knownCustomers(histories, cutS);
  if (customers.length === 0) throw new Error('nobody is known at the cut: it lies at or before the first event');
  const fits = new BtydFits(trainHistories);
  const windowDays = labelWindow(trainHistories, cutS, horizonDays);
  if (windowDays < LEAST_WINDOW_DAYS) throw new Error(`too little history before the cut: ${2 * windowDays} days`);
  return { ...task, events, train, trainHistories, customers, fits, windowDays };
}

/** Fits every model on what lies before the cut, and asks each about every customer known at it. */
export async function makeForecasts(task: EvaluationTask, sources: EvaluationSources): Promise<Forecasts> {
  const { cutS, horizonDays } = task;
  const prepared = prepare(task);
  const { trainHistories, customers, fits, windowDays } = prepared;
  sources.onProgress('baselines at the previous cut');
  const chosenBaselines = await chooseBaselines(task, trainHistories, fits, windowDays, sources);
  sources.onProgress('baselines');
  const fitted = await fitBaselines({ histories: trainHistories, fits, asOfS: cutS, windowDays }, task, sources);
  const baselines = new Map<BaselineName, CustomerForecast[]>();
  for (const name of BASELINES) baselines.set(name, fitted.forecasters[name](customers, horizonDays));
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
