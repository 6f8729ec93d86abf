import type { KnownCustomer } from '../../../domain/blend/customer-history';
import { SECONDS_PER_DAY } from '../../../domain/event';
import { mulberry32 } from '../../../domain/math/random';
import { gainCurve } from '../../../domain/metrics/deciles';
import { mean } from '../../../domain/metrics/errors';
import type { CustomerForecast } from '../../../domain/metrics/forecast';
import {
  judgeValue,
  type KnownValue,
  meanMeasures,
  pairedValueDifferences,
  type ValueMeasures,
} from '../../../domain/metrics/value-judgement';
import { OrderObserver } from '../../../domain/simulation/order-observer';
import { VisitObserver } from '../../../domain/simulation/visit-observer';
import { type EvaluationSources, type EvaluationTask, isoDay } from '../evaluation-task';
import { makeForecasts, prepare } from '../forecasts';
import { type NetworkForecasts, networkForecasts } from '../network-forecasts';
import {
  type SimulatedCustomers,
  type SimulatedShopTask,
  simulateCustomers,
  withoutVisits,
} from './simulated-customers';
import type { ClicksGain, Gain, SimulatedEvaluation, SimulatedFigures, SimulatedModel } from './simulated-result';

const BOOTSTRAP_SEED = 78;

export interface SimulatedEvaluationTask extends SimulatedShopTask {
  /** Seeds of the networks. */
  readonly seeds: readonly number[];
  readonly minorPerMajor: number;
}

/**
 * Judges all models and the oracle on simulated customers. Then it measures what clicks and browses add: bayes, the network alone and the
 * served blend, each with them and without them. Models receive only the events before the cut.
 */
export async function evaluateSimulated(
  task: SimulatedEvaluationTask,
  sources: EvaluationSources,
): Promise<SimulatedEvaluation> {
  const { population, minorPerMajor, seeds, cutS, horizonDays } = task;
  sources.onProgress('simulated customers');
  const simulated = simulateCustomers(task);
  const evaluation: EvaluationTask = {
    set: `synthetic: ${population.name} shop`,
    events: simulated.events,
    train: simulated.events,
    cutS,
    horizonDays,
    seeds,
    minorPerMajor,
  };
  const { customers, network, baselines } = await makeForecasts(evaluation, sources);
  const known = knownValue(customers, simulated, minorPerMajor);
  sources.onProgress('bayes');
  const bayes = bayesSpend(task, simulated, customers);
  const forecasts: SimulatedFigures<readonly ArrayLike<number>[]> = {
    oracle: [known.expected],
    bayes: [bayes],
    served: network.served.map(spendOf),
    network: network.alone.map(spendOf),
    ...Object.fromEntries([...baselines].map(([name, forecast]) => [name, [spendOf(forecast)]])),
  };
  sources.onProgress('regret');
  const names = Object.keys(forecasts) as SimulatedModel[];
  const of = <T>(figure: (name: SimulatedModel) => T) =>
    Object.fromEntries(names.map((name) => [name, figure(name)])) as SimulatedFigures<T>;
  const models = of((name) => meanMeasures(forecasts[name]!.map((values) => judgeValue(values, known))));
  const againstOracle = of((name) =>
    pairedValueDifferences(forecasts[name]!, forecasts.oracle, known, mulberry32(BOOTSTRAP_SEED)),
  );
  const clicks = await gainOfClicks(task, evaluation, simulated, { customers, network, bayes }, sources);
  return {
    synthetic: true,
    shop: population.name,
    shopSeed: task.seed,
    cut: isoDay(cutS),
    horizonDays,
    historyDays: task.historyDays,
    customers: customers.length,
    buyers: clicks.customers,
    expectedSpend: mean(known.expected),
    expectedWithoutCalendar: mean(known.withoutCalendar),
    realisedSpend: mean(known.realised),
    seeds,
    models,
    againstOracle,
    gain: of((name) => gainCurve(forecasts[name]![0]!, known.expected)),
    clicks,
  };
}

/** Expected spend of the Bayes observer per customer, major units. */
function bayesSpend(task: SimulatedEvaluationTask, simulated: SimulatedCustomers, customers: readonly KnownCustomer[]) {
  const { population, historyDays, horizonDays, cutS, minorPerMajor } = task;
  const observer = new VisitObserver(population, ...spanOf(cutS, historyDays, horizonDays));
  return customers.map(({ customerId }) => observer.expectedSpend(simulated.observed.get(customerId)!) / minorPerMajor);
}

/** The shop's opening, the cut, and the end of the horizon. */
function spanOf(cutS: number, historyDays: number, horizonDays: number): [number, number, number] {
  return [cutS - historyDays * SECONDS_PER_DAY, cutS, cutS + horizonDays * SECONDS_PER_DAY];
}

async function gainOfClicks(
  task: SimulatedEvaluationTask,
  evaluation: EvaluationTask,
  simulated: SimulatedCustomers,
  withAll: {
    readonly customers: readonly KnownCustomer[];
    readonly network: NetworkForecasts;
    readonly bayes: readonly number[];
  },
  sources: EvaluationSources,
): Promise<ClicksGain> {
  sources.onProgress('orders only');
  const { minorPerMajor } = task;
  const events = withoutVisits(simulated.events);
  const prepared = prepare({ ...evaluation, events, train: events });
  const withOrders = await networkForecasts(prepared, sources);
  // Without clicks and browses, customers who never ordered have no events. Both sides are judged on the others.
  const buyers = prepared.customers;
  const known = knownValue(buyers, simulated, minorPerMajor);
  const placeOf = new Map(withAll.customers.map(({ customerId }, i) => [customerId, i]));
  const among = <T>(values: readonly T[]) => buyers.map(({ customerId }) => values[placeOf.get(customerId)!]!);
  const gain = (side: 'alone' | 'served') =>
    gainOf(
      withAll.network[side].map((forecast) => spendOf(among(forecast))),
      withOrders[side].map(spendOf),
      known,
    );
  const observer = new OrderObserver(task.population, ...spanOf(task.cutS, task.historyDays, task.horizonDays));
  const byOrders = buyers.map(
    ({ customerId }) => observer.expectedSpend(simulated.observed.get(customerId)!.orders) / minorPerMajor,
  );
  return {
    customers: buyers.length,
    events: { all: simulated.events.length, ordersOnly: events.length },
    bayes: gainOf([among(withAll.bayes)], [byOrders], known),
    network: gain('alone'),
    served: gain('served'),
  };
}

function gainOf(all: readonly number[][], ordersOnly: readonly number[][], known: KnownValue): Gain {
  const [ofAll, ofOrders] = [all, ordersOnly].map((side) => side.map((values) => judgeValue(values, known))) as [
    ValueMeasures[],
    ValueMeasures[],
  ];
  return {
    all: meanMeasures(ofAll),
    ordersOnly: meanMeasures(ofOrders),
    difference: pairedValueDifferences(all, ordersOnly, known, mulberry32(BOOTSTRAP_SEED)),
    seedDeviation: all.length < 2 ? null : deviationOf(ofAll, ofOrders),
  };
}

/** Standard deviation of the per-seed differences. */
function deviationOf(all: readonly ValueMeasures[], ordersOnly: readonly ValueMeasures[]): ValueMeasures {
  const middle = meanMeasures(all);
  const otherMiddle = meanMeasures(ordersOnly);
  const names = Object.keys(middle) as (keyof ValueMeasures)[];
  const deviation = (name: keyof ValueMeasures) => {
    const gain = middle[name] - otherMiddle[name];
    const squares = all.reduce((sum, one, i) => sum + (one[name] - ordersOnly[i]![name] - gain) ** 2, 0);
    return Math.sqrt(squares / (all.length - 1));
  };
  return Object.fromEntries(names.map((name) => [name, deviation(name)])) as unknown as ValueMeasures;
}

/** True values in the order of `customers`, major units. */
function knownValue(
  customers: readonly KnownCustomer[],
  { truths }: SimulatedCustomers,
  minorPerMajor: number,
): { readonly expected: number[]; readonly realised: number[]; readonly withoutCalendar: number[] } {
  const of = customers.map(({ customerId }) => truths.get(customerId)!);
  return {
    expected: of.map(({ expectedMinor }) => expectedMinor / minorPerMajor),
    realised: of.map(({ realisedMinor }) => realisedMinor / minorPerMajor),
    withoutCalendar: of.map(({ withoutCalendarMinor }) => withoutCalendarMinor / minorPerMajor),
  };
}

function spendOf(forecast: readonly CustomerForecast[]): number[] {
  return forecast.map(({ spend }) => spend);
}
