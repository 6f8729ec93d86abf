import type { ShapeCalibration } from '../btyd/btyd-model';
import { countLoss, MAX_ERLANG_SHAPE, probabilityOfZero } from '../distribution/count-distribution';
import { normalCdf } from '../distribution/normal';
import { spendDistribution } from '../distribution/spend-distribution';
import { ORDER_SEGMENTS } from '../state/order-segments';
import type { BacktestRow } from './backtest';
import { BACKTEST_PRIOR, type BlendChoice, blendedOrders, blendedValue, penalised } from './blend-choice';
import { least } from './shape-fit';

/** 1, 1/step, step, 1/step², …: nearest to 1 first, so that a tie changes least. */
const candidates = (count: number, step: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => step ** (i % 2 === 0 ? i / 2 : -(i + 1) / 2));
const DISPERSION_FACTORS = candidates(31, 1.1); // 0.22…4.2
/** A narrow range. With the mean held, a wide σ moves the median down, and far out the coverage is right again by accident. */
const SIGMA_FACTORS = candidates(23, 1.05); // 0.56…1.7
/** Weight of a factor of 1, in observations. */
const PRIOR_CUSTOMERS = 50;
/** Share of ln(dispersion factor) that is kept. The factor also absorbs errors of the total, and about half of those persist. */
const DISPERSION_CARRY = 0.5;
const NOMINAL = 0.8;

/** What would have been served at the backtest's origin, and what happened. */
export interface JudgedOutputs {
  /** Λ: expected orders in the window. */
  readonly mean: number;
  readonly dispersion: number;
  /** Erlang shape r of the count. Absent: 1. */
  readonly erlangShape?: number | undefined;
  readonly spendMean: number; // major units
  readonly logSpendSigma: number;
  readonly orders: number;
  readonly spend: number; // major units
}

/**
 * Erlang shape, and factors on dispersion and log-spend sigma, by order segment. Each is fitted after the ones before it, on what would
 * have been served at the backtest's origin. `level`: factor on the expected orders at that origin, from the baselines of the total
 * fitted then. `factors`: on the orders by order segment, if there are any.
 */
export function calibrateShapes(
  rows: readonly BacktestRow[],
  { networkShares, valueShare }: BlendChoice,
  level: number,
  factors?: readonly number[],
): ShapeCalibration {
  const served = rows.map((row) => {
    const { segment } = row;
    const ordersFactor = level * (factors?.[segment] ?? 1);
    const mean = Math.max(1e-9, ordersFactor * blendedOrders(row, networkShares[segment]!));
    return { ...row, mean, spendMean: mean * blendedValue(row, valueShare) };
  });
  const dispersionFactors: number[] = [];
  const logSpendSigmaFactors: number[] = [];
  const erlangShapes: number[] = [];
  ORDER_SEGMENTS.forEach((_, segment) => {
    const plain = served.filter((row) => row.segment === segment);
    const erlangShape = erlangShapeOf(plain);
    const regular = plain.map((row) => ({ ...row, erlangShape }));
    const factor = dispersionFactor(regular);
    erlangShapes.push(erlangShape);
    dispersionFactors.push(factor);
    logSpendSigmaFactors.push(
      logSpendSigmaFactor(regular.map((row) => ({ ...row, dispersion: row.dispersion * factor }))),
    );
  });
  return { dispersion: dispersionFactors, logSpendSigma: logSpendSigmaFactors, erlangShape: erlangShapes };
}

/**
 * The Erlang shape r with the least loss of the number of orders. Predictions are first scaled to the actual total, so that an error of
 * the total does not pass for another shape. The search runs over 1 − 1/r, the share of a Poisson's variance that regular customers lack.
 * It is shrunk to 0, as the other shares are to ½.
 */
export function erlangShapeOf(members: readonly JudgedOutputs[]): number {
  const total = (of: (row: JudgedOutputs) => number) => members.reduce((sum, row) => sum + of(row), 0);
  const ordered = total(({ orders }) => orders);
  if (ordered === 0) return 1;
  const level = ordered / total(({ mean }) => mean);
  const shapeOf = (lacking: number) => Math.min(MAX_ERLANG_SHAPE, 1 / (1 - lacking));
  return shapeOf(
    penalised(
      (lacking) =>
        total(({ mean, dispersion, orders }) =>
          countLoss({ mean: level * mean, dispersion, erlangShape: shapeOf(lacking) }, orders),
        ),
      BACKTEST_PRIOR,
      0,
    ),
  );
}

/** The factor with the least log loss of "orders again": P(0) is the published figure that depends on the dispersion. */
export function dispersionFactor(members: readonly JudgedOutputs[]): number {
  const chosen = least(DISPERSION_FACTORS, (factor) =>
    members.reduce((loss, { orders, mean, dispersion, erlangShape }) => {
      const none = probabilityOfZero({ mean, dispersion: factor * dispersion, erlangShape });
      return loss - Math.log(Math.max(1e-12, orders > 0 ? 1 - none : none));
    }, 0),
  );
  return shrunk(chosen, members.length) ** DISPERSION_CARRY;
}

/**
 * The factor on log-spend sigma at which the central 80 % interval of spend given an order covers 80 % of those who spent. This is
 * conformal calibration on the scale of ln spend. The forecasts are first scaled to the actual total: a season's error does not belong to
 * the shape.
 */
export function logSpendSigmaFactor(members: readonly JudgedOutputs[]): number {
  const spent = members
    .filter(({ spend }) => spend > 0)
    .map((row) => ({ ...row, given: row.spendMean / (1 - probabilityOfZero(row)) }));
  if (spent.length === 0) return 1;
  const total = (of: (row: (typeof spent)[number]) => number) => spent.reduce((sum, row) => sum + of(row), 0);
  const level = total(({ spend }) => spend) / total(({ given }) => given);
  const chosen = least(SIGMA_FACTORS, (factor) => {
    const inside = spent.filter(({ spend, given, logSpendSigma }) => {
      const { mu, sigma } = spendDistribution(1, level * given, logSpendSigma * factor);
      return Math.abs(normalCdf((Math.log(spend) - mu) / sigma) - 0.5) <= NOMINAL / 2;
    });
    return Math.abs(inside.length / spent.length - NOMINAL);
  });
  return shrunk(chosen, spent.length);
}

function shrunk(factor: number, observations: number): number {
  return factor ** (observations / (observations + PRIOR_CUSTOMERS));
}
