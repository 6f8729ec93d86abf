import {
  type CountDistribution,
  type CountShape,
  countCrps,
  probabilityOfZero,
} from '../distribution/count-distribution';
import { type SpendDistribution, spendDistribution } from '../distribution/spend-distribution';
import { mulberry32 } from '../math/random';
import { type CoverageMeasures, countCoverage, spendCoverage } from './coverage';
import { type Decile, decileMape, deciles, decileWape, gainCurve } from './deciles';
import { type ErrorMeasures, errorMeasures, mean } from './errors';
import { type CalibrationBin, calibrationBins, type ProbabilityMeasures, probabilityMeasures } from './probabilities';
import { spearman } from './rank-correlation';
import { areaUnderCurve, normalizedGini } from './ranking';
import { spendCrps } from './spend-scores';

/** A model's forecast for one customer over some days: a count of orders, and a zero-inflated lognormal spend with the same P(0). */
export interface CustomerForecast extends CountShape {
  /** Λ: expected orders. */
  readonly orders: number;
  /** Expected spend, major units. */
  readonly spend: number;
  /** σ of ln spend, given an order. */
  readonly logSpendSigma: number;
}

/** What happened. */
export interface CustomerOutcome {
  readonly orders: number;
  /** max(0, orders − refunds dated in the horizon), major units. */
  readonly spend: number;
}

export interface RankingMeasures {
  readonly spearman: number;
  readonly nGini: number;
  /** AUC of the ranking by this quantity, for "buys again". */
  readonly auc: number;
}

/** All measures of one side (orders or spend) of a model. */
export type Judgement = ErrorMeasures &
  RankingMeasures &
  ProbabilityMeasures &
  CoverageMeasures & {
    readonly customers: number;
    readonly decileMape: number;
    readonly decileWape: number;
    /** Mean continuous ranked probability score, orders or major units. */
    readonly crps: number;
    readonly deciles: readonly Decile[];
    readonly gain: readonly number[];
    readonly calibration: readonly CalibrationBin[];
  };

/** Bounds on the expected orders. A count with mean 0 has no distribution. */
const LEAST_ORDERS = 1e-9;

export function countOf(forecast: CustomerForecast): CountDistribution {
  const { orders, dispersion, erlangShape } = forecast;
  return { mean: Math.max(LEAST_ORDERS, orders), dispersion, erlangShape };
}

export function spendOf(forecast: CustomerForecast): SpendDistribution {
  return spendDistribution(1 - probabilityOfZero(countOf(forecast)), forecast.spend, forecast.logSpendSigma);
}

/** Measures of the order forecasts. `seed`: of the randomised PIT. */
export function judgeCounts(
  forecasts: readonly CustomerForecast[],
  outcomes: readonly CustomerOutcome[],
  seed: number,
): Judgement {
  const predicted = forecasts.map(({ orders }) => orders);
  const actual = outcomes.map(({ orders }) => orders);
  const distributions = forecasts.map(countOf);
  const none = distributions.map(probabilityOfZero);
  return {
    ...common(predicted, actual, none, outcomes),
    crps: mean(distributions.map((distribution, i) => countCrps(distribution, actual[i]!))),
    ...countCoverage(distributions, actual, mulberry32(seed)),
  };
}

/** Measures of the spend forecasts, major units. `seed`: of the randomised PIT. */
export function judgeSpend(
  forecasts: readonly CustomerForecast[],
  outcomes: readonly CustomerOutcome[],
  seed: number,
): Judgement {
  const predicted = forecasts.map(({ spend }) => spend);
  const actual = outcomes.map(({ spend }) => spend);
  const distributions = forecasts.map(spendOf);
  const none = distributions.map(({ probability }) => 1 - probability);
  return {
    ...common(predicted, actual, none, outcomes),
    crps: mean(distributions.map((distribution, i) => spendCrps(distribution, actual[i]!))),
    ...spendCoverage(distributions, actual, mulberry32(seed)),
  };
}

function common(
  predicted: readonly number[],
  actual: readonly number[],
  none: readonly number[],
  outcomes: readonly CustomerOutcome[],
) {
  const bought = outcomes.map(({ orders }) => orders > 0);
  const rows = deciles(predicted, actual);
  const probabilities = none.map((p) => 1 - p);
  return {
    customers: actual.length,
    ...errorMeasures(predicted, actual),
    spearman: spearman(predicted, actual),
    nGini: normalizedGini(predicted, actual),
    auc: areaUnderCurve(predicted, bought),
    ...probabilityMeasures(probabilities, bought),
    decileMape: decileMape(rows),
    decileWape: decileWape(rows),
    deciles: rows,
    gain: gainCurve(predicted, actual),
    calibration: calibrationBins(probabilities, bought),
  };
}
