import { outcomeOf } from '../../domain/blend/customer-history';
import { SECONDS_PER_DAY } from '../../domain/event';
import { mulberry32 } from '../../domain/math/random';
import type { CustomerForecast, CustomerOutcome } from '../../domain/metrics/forecast';
import { pairedBootstrap } from '../../domain/metrics/paired-bootstrap';
import type { BaselineName } from './baselines';
import type { EvaluationResult } from './evaluation-result';
import { type EvaluationSources, type EvaluationTask, isoDay } from './evaluation-task';
import { makeForecasts } from './forecasts';
import { judgeModel, seedDeviations } from './judge-model';

const BOOTSTRAP_SEED = 77;

/** Judges all models at one cut. They are trained before it, and forecast all customers with an event before it. */
export async function evaluate(task: EvaluationTask, sources: EvaluationSources): Promise<EvaluationResult> {
  const { cutS, horizonDays, minorPerMajor, seeds } = task;
  const forecasts = await makeForecasts(task, sources);
  const { customers, network, baselines } = forecasts;
  sources.onProgress('judging');
  const outcomes = customers.map((customer) => outcomeOf(customer, horizonDays, minorPerMajor));
  const ordersSoFar = customers.map(({ orders }) => orders);
  const judge = (all: readonly (readonly CustomerForecast[])[]) => judgeModel(all, outcomes, ordersSoFar);
  const models: EvaluationResult['models'] = {
    served: judge(network.served),
    network: judge(network.alone),
    ...Object.fromEntries([...baselines].map(([name, forecast]) => [name, judge([forecast])])),
  };
  sources.onProgress('paired bootstrap');
  const against = (name: BaselineName, side: 'orders' | 'spend') =>
    pairedBootstrap(
      network.served.map((one) => one.map((forecast) => forecast[side])),
      [baselines.get(name)!.map((forecast) => forecast[side])],
      outcomes.map((outcome) => outcome[side]),
      mulberry32(BOOTSTRAP_SEED),
    );
  return {
    set: task.set,
    cut: isoDay(cutS),
    horizonDays,
    customers: customers.length,
    seeds,
    models,
    seedDeviation: {
      served: seedDeviations(network.served, outcomes),
      network: seedDeviations(network.alone, outcomes),
    },
    chosenPeers: forecasts.chosenBaselines,
    againstPeers: Object.fromEntries(
      [...baselines.keys()].map((name) => [name, { counts: against(name, 'orders'), spend: against(name, 'spend') }]),
    ),
    level: { records: forecasts.totals, factors: network.factors },
    paretoNbd: forecasts.btyd.paretoNbd,
    regressionRows: forecasts.regressionRows,
    labelWindowDays: forecasts.labelWindowDays,
    notes: [...notes(task, forecasts.labelWindowDays), ...withoutOutcome(outcomes)],
  };
}

/** Why figures are missing, where nothing happened. */
function withoutOutcome(outcomes: readonly CustomerOutcome[]): string[] {
  if (outcomes.every(({ orders }) => orders === 0)) {
    return ['–: nobody known before the cut ordered after it, so rankings and ratios have nothing to compare with'];
  }
  if (outcomes.every(({ spend }) => spend === 0)) {
    return [
      '–: nobody known before the cut spent anything after it, so rankings and ratios of spend have nothing to compare with',
    ];
  }
  return [];
}

function notes(task: EvaluationTask, windowDays: number): string[] {
  const lastS = task.events[task.events.length - 1]!.timeS;
  const endS = task.cutS + (task.horizonDays - 1) * SECONDS_PER_DAY;
  const found: string[] = [];
  if (lastS < endS)
    found.push(`the last event is on ${isoDay(lastS)}, before the last day of the horizon (${isoDay(endS)})`);
  if (windowDays < task.horizonDays) {
    found.push(
      `the history is too short for a label window of ${task.horizonDays} days: a window of ${windowDays} days is used, scaled to the horizon`,
    );
  }
  return found;
}
