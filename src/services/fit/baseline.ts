import type { OrderCurve } from '../../domain/distribution/order-curve';
import { type Example, exampleLoss } from '../../domain/scoring/example';
import type { HeadOutputs } from '../../domain/scoring/model';

/** Inputs of a baseline in addition to the example's base order value: orders and days so far. */
export interface Exposure {
  readonly orders: number;
  readonly days: number;
}

/** Forecasts one example. Its constants were fitted on the training examples. */
export type Baseline = (example: Example, exposure: Exposure) => HeadOutputs;

/** Candidate weights τ of the mean rate in {@link pastRateBaseline}, days. */
const PRIOR_DAYS = [3, 10, 30, 100, 300];
const DISPERSIONS = [0.05, 0.2, 0.5, 1, 2, 4, 8];
const SIGMAS = [0.3, 0.5, 0.8, 1.2, 1.6];

/** Every customer orders at the same constant rate: orders ÷ days over the closed intervals of the training examples. */
export function constantRateBaseline(examples: readonly Example[], ratePerDay: number): Baseline {
  return leastLoss(examples, [], (dispersion, logSpendSigma) => (example) => ({
    curve: steady(ratePerDay),
    dispersion,
    orderValueMinor: example.baseOrderValueMinor,
    logSpendSigma,
  }));
}

/** Every customer orders at their own past rate, shrunk to the mean rate: (orders + rate·τ) ÷ (days + τ). */
export function pastRateBaseline(
  examples: readonly Example[],
  exposures: readonly Exposure[],
  ratePerDay: number,
): Baseline {
  const candidates = PRIOR_DAYS.map((prior) =>
    leastLoss(examples, exposures, (dispersion, logSpendSigma) => (example, { orders, days }) => ({
      curve: steady((orders + ratePerDay * prior) / (days + prior)),
      dispersion,
      orderValueMinor: example.baseOrderValueMinor,
      logSpendSigma,
    })),
  );
  return best(candidates, (baseline) => meanLoss(examples, exposures, baseline));
}

export function meanLoss(examples: readonly Example[], exposures: readonly Exposure[], baseline: Baseline): number {
  const none = { orders: 0, days: 0 };
  let sum = 0;
  examples.forEach((example, i) => {
    sum += exampleLoss(baseline(example, exposures[i] ?? none), example.label);
  });
  return sum / examples.length;
}

/** Minimises the training loss over the dispersion, then over log-spend sigma. One after the other is exact: the loss terms are separate. */
function leastLoss(
  examples: readonly Example[],
  exposures: readonly Exposure[],
  make: (dispersion: number, logSpendSigma: number) => Baseline,
): Baseline {
  const loss = (baseline: Baseline) => meanLoss(examples, exposures, baseline);
  const dispersion = best(DISPERSIONS, (alpha) => loss(make(alpha, 1)));
  return make(
    dispersion,
    best(SIGMAS, (sigma) => loss(make(dispersion, sigma))),
  );
}

function best<T>(candidates: readonly T[], loss: (candidate: T) => number): T {
  const losses = candidates.map(loss);
  return candidates[losses.indexOf(Math.min(...losses))] as T;
}

/** A constant rate: an order curve whose scale is far beyond any horizon. */
function steady(ratePerDay: number): OrderCurve {
  return { ratePerDay, scaleDays: 1e7, shape: 0 };
}
