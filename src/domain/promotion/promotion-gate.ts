import { expectedOrders } from '../distribution/order-curve';
import { INTERVAL_EDGES_DAYS } from '../label-intervals';
import { type NetworkWeights, WEIGHT_TENSORS } from '../network/weights';
import { exampleLoss, type OriginLabel } from '../scoring/example';
import type { HeadOutputs } from '../scoring/model';

/** The outputs of both models at one gate origin: the same snapshot, instant and label. */
export interface PairedOutputs {
  readonly customerId: string;
  readonly champion: HeadOutputs;
  readonly challenger: HeadOutputs;
  readonly label: OriginLabel;
}

export interface GateSettings {
  /** Minimum number of origins with a closed interval. With fewer, the gate decides nothing. */
  readonly minOrigins: number;
  /** Minimum total number of closed intervals. With fewer, the gate decides nothing. */
  readonly minClosedIntervals: number;
  /**
   * Least improvement of the mean loss, in standard errors clustered by customer. At 1.64, an equally good challenger passes 5 of 100
   * gate trials.
   */
  readonly minZ: number;
  /** Tolerance for the challenger's ratio of predicted to actual orders: how much further from 1 it may be than the champion's, as |ln|. */
  readonly calibrationTolerance: number;
}

export const DEFAULT_GATE: GateSettings = {
  minOrigins: 200,
  minClosedIntervals: 600,
  minZ: 1.64,
  calibrationTolerance: 0.05,
};

export interface GateFigures {
  readonly origins: number;
  readonly customers: number;
  readonly closedIntervals: number;
  /** Mean loss per origin, nats. */
  readonly championLoss: number;
  readonly challengerLoss: number;
  /** Mean of champion's less challenger's loss, nats, and the same in standard errors. */
  readonly improvement: number;
  readonly z: number;
  /** |ln(predicted orders ÷ actual orders)| over the closed intervals. */
  readonly championMiscalibration: number;
  readonly challengerMiscalibration: number;
}

/**
 * - non-finite: a weight, a head output or a loss of the challenger is not a finite number.
 * - too-few-origins, too-few-intervals: not enough labels have matured to decide.
 * - worse: its loss is higher beyond noise.
 * - calibration-worse: its total is further off than the champion's.
 * - inside-noise: the data show no difference.
 */
export type GateRefusal =
  | 'non-finite'
  | 'too-few-origins'
  | 'too-few-intervals'
  | 'worse'
  | 'calibration-worse'
  | 'inside-noise';

export type GateVerdict = GateFigures &
  ({ readonly promote: true } | { readonly promote: false; readonly reason: GateRefusal });

/** Whether every weight is a finite number. */
export function finiteWeights(weights: NetworkWeights): boolean {
  return WEIGHT_TENSORS.every((name) => weights[name].every(Number.isFinite));
}

/**
 * Compares the challenger with the champion by paired matured loss, on customers that neither was fine-tuned on. The challenger is
 * promoted only if the mean loss improves beyond noise and the total is not worse. Origins without a closed interval carry no information
 * and are left out.
 */
export function judge(pairs: readonly PairedOutputs[], settings: GateSettings): GateVerdict {
  const matured = pairs.filter((pair) => pair.label.closedIntervals > 0);
  const figures = figuresOf(matured);
  const refuse = (reason: GateRefusal): GateVerdict => ({ promote: false, reason, ...figures });
  if (matured.length > 0 && !Number.isFinite(figures.challengerLoss + figures.challengerMiscalibration)) {
    return refuse('non-finite');
  }
  if (matured.length < settings.minOrigins) return refuse('too-few-origins');
  if (figures.closedIntervals < settings.minClosedIntervals) return refuse('too-few-intervals');
  if (figures.z <= -settings.minZ) return refuse('worse');
  if (figures.challengerMiscalibration > figures.championMiscalibration + settings.calibrationTolerance) {
    return refuse('calibration-worse');
  }
  if (!(figures.improvement > 0 && figures.z >= settings.minZ)) return refuse('inside-noise');
  return { promote: true, ...figures };
}

function figuresOf(pairs: readonly PairedOutputs[]): GateFigures {
  const gains = new Map<string, { sum: number; count: number }>();
  let closedIntervals = 0;
  let champion = 0;
  let challenger = 0;
  for (const pair of pairs) {
    const championLoss = exampleLoss(pair.champion, pair.label);
    const challengerLoss = exampleLoss(pair.challenger, pair.label);
    closedIntervals += pair.label.closedIntervals;
    champion += championLoss;
    challenger += challengerLoss;
    const gain = gains.get(pair.customerId) ?? { sum: 0, count: 0 };
    gain.sum += championLoss - challengerLoss;
    gain.count += 1;
    gains.set(pair.customerId, gain);
  }
  const { mean, z } = clusteredMean([...gains.values()]);
  return {
    origins: pairs.length,
    customers: gains.size,
    closedIntervals,
    championLoss: champion / Math.max(1, pairs.length),
    challengerLoss: challenger / Math.max(1, pairs.length),
    improvement: mean,
    z,
    championMiscalibration: miscalibration(pairs, (pair) => pair.champion),
    challengerMiscalibration: miscalibration(pairs, (pair) => pair.challenger),
  };
}

/** Mean over clustered observations, and its z by the linearised (sandwich) variance of the ratio estimator. */
function clusteredMean(clusters: readonly { sum: number; count: number }[]): { mean: number; z: number } {
  const count = clusters.reduce((total, cluster) => total + cluster.count, 0);
  if (count === 0) return { mean: 0, z: 0 };
  const mean = clusters.reduce((total, cluster) => total + cluster.sum, 0) / count;
  const squares = clusters.reduce((total, cluster) => total + (cluster.sum - mean * cluster.count) ** 2, 0);
  const correction = clusters.length / Math.max(1, clusters.length - 1);
  const error = Math.sqrt(correction * squares) / count;
  // If all clusters are equal, there is no standard error to compare the difference with.
  return { mean, z: error > 0 ? mean / error : 0 };
}

function miscalibration(pairs: readonly PairedOutputs[], outputsOf: (pair: PairedOutputs) => HeadOutputs): number {
  let predicted = 0;
  let actual = 0;
  for (const pair of pairs) {
    const { closedIntervals, orders } = pair.label;
    predicted += expectedOrders(outputsOf(pair).curve, INTERVAL_EDGES_DAYS[closedIntervals]!);
    for (let k = 0; k < closedIntervals; k++) actual += orders[k]!;
  }
  // Half an order is added on both sides, so that a period without orders gives a finite number.
  return Math.abs(Math.log((predicted + 0.5) / (actual + 0.5)));
}
