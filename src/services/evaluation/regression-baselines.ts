import type { BaselineTask, Forecaster } from '../../domain/blend/btyd-baselines';
import {
  type CustomerHistory,
  type KnownCustomer,
  knownCustomers,
  outcomeOf,
} from '../../domain/blend/customer-history';
import { fitDispersion, fitLogSpendSigma } from '../../domain/blend/shape-fit';
import { SECONDS_PER_DAY } from '../../domain/event';
import { hashUnit } from '../../domain/math/hash';
import { mulberry32 } from '../../domain/math/random';
import type { CustomerForecast, CustomerOutcome } from '../../domain/metrics/forecast';
import type { BaselineRegressor, Regression } from '../../ports/baselines';
import { baselineFeatures, Standardiser } from './baseline-features';

/** Share of the customers that fit dispersion and log-spend sigma only. On its own training rows a tree would seem too certain. */
const SHAPE_SHARE = 0.2;
const SHAPE_SALT = 0x5a9e;

export interface RegressionBaseline {
  readonly forecaster: Forecaster;
  /** Rows that it was trained on, and the rows available. */
  readonly rows: number;
  readonly rowsThere: number;
  dispose(): void;
}

/**
 * A regression of orders and one of spend on recency-frequency features. The features are taken at the beginning of the label window
 * that ends at `task.asOfS`. For another horizon than the window, forecasts are scaled in proportion.
 */
export async function regressionBaseline(
  baseline: BaselineRegressor,
  histories: readonly CustomerHistory[],
  task: BaselineTask,
): Promise<RegressionBaseline> {
  const { asOfS, windowDays, minorPerMajor } = task;
  const random = mulberry32(task.seed);
  const customers = knownCustomers(histories, asOfS - windowDays * SECONDS_PER_DAY);
  const typicalMinor = typicalOrder(customers);
  const features = (customer: KnownCustomer) => baselineFeatures(customer, windowDays, typicalMinor);
  const forShape = (customer: KnownCustomer) => hashUnit(customer.customerId, SHAPE_SALT) < SHAPE_SHARE;
  const there = customers.filter((customer) => !forShape(customer));
  const learnt = sample(there, baseline.mostRows, random);
  const rows = learnt.map(features);
  const standardiser = new Standardiser(rows);
  const standard = rows.map((row) => standardiser.apply(row));
  const outcomes = learnt.map((customer) => outcomeOf(customer, windowDays, minorPerMajor));
  const learn = (target: (outcome: CustomerOutcome) => number) => baseline.fit(standard, outcomes.map(target), random);
  const counts = await learn(({ orders }) => orders);
  const spends = await learn(({ spend }) => spend);

  const means = (requested: readonly KnownCustomer[], days: number): CustomerForecast[] => {
    const requestedRows = requested.map((customer) => standardiser.apply(features(customer)));
    const scaled = (regression: Regression) =>
      regression.predict(requestedRows).map((value) => (Math.max(0, value) * days) / windowDays);
    const [orders, spend] = [scaled(counts), scaled(spends)];
    return requested.map((_, i) => ({ orders: orders[i]!, spend: spend[i]!, dispersion: 1, logSpendSigma: 1 }));
  };
  const judges = customers.filter(forShape);
  const judged = judges.map((customer) => outcomeOf(customer, windowDays, minorPerMajor));
  const predicted = means(judges, windowDays);
  const dispersion = fitDispersion(
    predicted.map(({ orders }) => orders),
    judged,
  );
  const logSpendSigma = fitLogSpendSigma(
    predicted.map((forecast) => ({ ...forecast, dispersion })),
    judged,
  );
  return {
    forecaster: (requested, days) =>
      means(requested, days).map((forecast) => ({ ...forecast, dispersion, logSpendSigma })),
    rows: learnt.length,
    rowsThere: there.length,
    dispose: () => {
      counts.dispose();
      spends.dispose();
    },
  };
}

/** Draws without replacement. Returns all if there are at most `most`. */
function sample<T>(all: readonly T[], most: number, random: () => number): T[] {
  const left = [...all];
  if (left.length <= most) return left;
  for (let i = 0; i < most; i++) {
    const j = i + Math.floor(random() * (left.length - i));
    [left[i], left[j]] = [left[j]!, left[i]!];
  }
  return left.slice(0, most);
}

function typicalOrder(customers: readonly KnownCustomer[]): number {
  const values = customers.flatMap(({ meanValue }) => (meanValue === null ? [] : [meanValue.mean]));
  values.sort((a, b) => a - b);
  return values[values.length >> 1] ?? 1;
}
