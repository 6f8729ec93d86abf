import type { OrderCurve } from '../../domain/distribution/order-curve';
import { nelderMead } from '../../domain/math/nelder-mead';
import { mean } from '../../domain/metrics/errors';
import { type Example, exampleLoss, MOST_VALUED_ORDERS } from '../../domain/scoring/example';
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

/**
 * Every customer orders at the same constant rate. Each constant is that of the least training loss, not of a grid: a rounded one would
 * be a gain for every model, also for one that tells no customers apart. Rate and order value have closed forms.
 */
export function constantRateBaseline(examples: readonly Example[], ratePerDay: number): Baseline {
  const curve = steady(ratePerDay);
  const factor = orderValueFactor(examples);
  const make = (point: readonly number[]): Baseline => {
    const [dispersion, logSpendSigma] = point.map(Math.exp) as [number, number];
    return ({ baseOrderValueMinor }) => ({
      curve,
      dispersion,
      orderValueMinor: factor * baseOrderValueMinor,
      logSpendSigma,
    });
  };
  const loss = (point: readonly number[]) => meanLoss(examples, [], make(point));
  return make(nelderMead(loss, [0.5, 0.8].map(Math.log), { step: 0.3, tolerance: 1e-5 }).point);
}

/** What the order values of all examples are multiplied with: the minimum of the gamma deviance, with its weights. */
function orderValueFactor(examples: readonly Example[]): number {
  let [sum, weights] = [0, 0];
  for (const { label, baseOrderValueMinor } of examples) {
    if (label.valuedOrders === 0) continue;
    const weight = Math.min(label.valuedOrders, MOST_VALUED_ORDERS);
    sum += (weight * label.orderedMinor) / label.valuedOrders / baseOrderValueMinor;
    weights += weight;
  }
  return sum > 0 ? sum / weights : 1;
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

/** The loss of a baseline on each example, nats. */
export function lossesOf(
  examples: readonly Example[],
  exposures: readonly Exposure[],
  baseline: Baseline,
): readonly number[] {
  const none = { orders: 0, days: 0 };
  return examples.map((example, i) => exampleLoss(baseline(example, exposures[i] ?? none), example.label));
}

function meanLoss(examples: readonly Example[], exposures: readonly Exposure[], baseline: Baseline): number {
  return mean(lossesOf(examples, exposures, baseline));
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
