import { INTERVAL_EDGES_DAYS } from '../../domain/label-intervals';
import { mulberry32 } from '../../domain/math/random';
import { mean } from '../../domain/metrics/errors';
import { type LossGain, lossGain } from '../../domain/metrics/loss-gain';
import type { Example } from '../../domain/scoring/example';
import { type Baseline, constantRateBaseline, lossesOf, pastRateBaseline } from './baseline';
import type { Examples } from './history-examples';
import { holdoutMetrics } from './holdout-metrics';

/** How the baselines do on the held-out customers, and the model beside them. */
export interface BaselineFigures {
  /** Mean losses, nats per example. */
  readonly constantRateLoss: number;
  readonly pastRateLoss: number;
  /** What the model loses less than one rate for all. */
  readonly gain: LossGain;
  /** Rank correlation of the past-rate baseline with the orders of 90 days. */
  readonly baselineSpearman90: number | null;
}

const GAIN_SALT = 0x6a19;

/** `ofModel`: the model's loss of each held-out example. */
export function baselineFigures(
  train: Examples,
  validation: Examples,
  ofModel: ArrayLike<number>,
  seed: number,
): BaselineFigures {
  const rate = meanRate(train.examples);
  const losses = (baseline: Baseline) => lossesOf(validation.examples, validation.exposures, baseline);
  const ofOneRate = losses(constantRateBaseline(train.examples, rate));
  const pastRate = pastRateBaseline(train.examples, train.exposures, rate);
  const outputs = validation.examples.map((example, i) => pastRate(example, validation.exposures[i]!));
  const pairs = validation.origins.map(({ customerId }, i) => ({
    customerId,
    model: ofModel[i]!,
    baseline: ofOneRate[i]!,
  }));
  return {
    constantRateLoss: mean(ofOneRate),
    pastRateLoss: mean(losses(pastRate)),
    // Random numbers of its own: the comparison must not change what is learnt.
    gain: lossGain(pairs, mulberry32(seed ^ GAIN_SALT)),
    baselineSpearman90: holdoutMetrics(validation.examples, outputs).spearman90,
  };
}

/** Orders per day over the closed intervals. */
function meanRate(examples: readonly Example[]): number {
  let orders = 0;
  let days = 0;
  for (const { label } of examples) {
    for (let k = 0; k < label.closedIntervals; k++) orders += label.orders[k]!;
    days += INTERVAL_EDGES_DAYS[label.closedIntervals]!;
  }
  return orders / days;
}
