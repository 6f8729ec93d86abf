import type { Profile } from '../attributes';
import { countLoss, probabilityOfZero } from '../distribution/count-distribution';
import { expectedOrders } from '../distribution/order-curve';
import {
  advanceContext,
  clockStepFeatures,
  contextAtStart,
  eventStepFeatures,
  STEP_FEATURES,
  SUMMARY_FEATURES,
  summaryFeatures,
} from '../features/features';
import { INTERVAL_EDGES_DAYS, INTERVALS } from '../label-intervals';
import type { MoneyHistory } from '../state/capped-money';
import type { BlendTerms } from './blend';
import { type HeadOutputs, type ModelSettings, ownOrderValueMinor } from './model';

/** What happened after a forecast origin, up to the last closed interval. */
export interface OriginLabel {
  /** Intervals closed so far: a prefix of INTERVAL_EDGES_DAYS. */
  readonly closedIntervals: number;
  /** Orders in each interval. Only the closed intervals count. */
  readonly orders: ArrayLike<number>; // [INTERVALS]
  /** Sum (minor units) and number of the orders with a value above 0 in the closed intervals. */
  readonly orderedMinor: number;
  readonly valuedOrders: number;
  /** max(0, orders − refunds dated in the closed intervals), minor units. */
  readonly spendMinor: number;
}

/** One training example: the steps of the kept window with the virtual step last, the heads' inputs, and the label. */
export interface Example {
  readonly steps: number; // T ≥ 1
  readonly sequence: Float32Array; // [T, F]
  readonly summary: Float32Array; // [S]
  /** Posterior mean order value before the network's correction, minor units. */
  readonly baseOrderValueMinor: number;
  readonly label: OriginLabel;
  /** What the network's outputs are blended with before the loss, as in the served model. Absent: the loss is that of the network alone. */
  readonly blend?: BlendTerms;
  /** Orders to expect in each open interval: those seen so far and a forecast of the rest. Absent: open intervals have no loss. */
  readonly openOrders?: ArrayLike<number>; // [INTERVALS]
}

/** Builds the inputs as of an instant, as the scorer does: the kept window from its start, then the virtual step. */
export function exampleInputs(
  state: MoneyHistory & { readonly profile?: Profile | null },
  asOfS: number,
  settings: ModelSettings,
): Omit<Example, 'label'> {
  const { events } = state.window;
  const steps = events.length + 1;
  const sequence = new Float32Array(steps * STEP_FEATURES);
  const context = contextAtStart(state.window);
  events.forEach((event, t) => {
    eventStepFeatures(sequence, t * STEP_FEATURES, event, context, settings.typicalOrderMinor);
    advanceContext(context, event);
  });
  clockStepFeatures(sequence, events.length * STEP_FEATURES, asOfS, context);
  const summary = new Float32Array(SUMMARY_FEATURES);
  summaryFeatures(summary, 0, state, asOfS, settings);
  return {
    steps,
    sequence,
    summary,
    baseOrderValueMinor: ownOrderValueMinor(settings.orderValue, state, settings.typicalOrderMinor),
  };
}

/** Weights of the loss's parts. The Poisson part has weight 1. */
export const LOSS_WEIGHTS = { dispersion: 0.2, value: 0.2, logSpendSigma: 0.1 } as const;
/** Shape of the gamma deviance for the mean value of n orders. A larger shape trusts the observed mean more. */
export const VALUE_SHAPE = 2;
/** Orders of one example that count in the loss of the order value, at most. */
export const MOST_VALUED_ORDERS = 5;

/** The parts of {@link exampleLoss}, weighted, nats. */
export interface LossParts {
  /** Poisson part by interval; 0 for open intervals. */
  readonly intervals: readonly number[]; // [INTERVALS]
  readonly count: number;
  readonly value: number;
  readonly spend: number;
}

/**
 * Loss of one customer's head outputs on one label, in nats. It sums proper scores over closed intervals only, because an open interval
 * does not mean zero orders:
 * - Poisson −log-likelihood of each interval's orders under ΔΛ_k, its expected orders, without constants.
 * - −log-likelihood of the total under the NB2 count, with Λ held fixed in the gradient. The heads have no Erlang shape.
 * - Gamma deviance of the mean order value, times the number of orders (at most 5).
 * - Normal −log-likelihood of ln spend, given an order, with its mean held fixed in the gradient.
 *
 * The training graph computes the same with tensors; a test compares the two.
 */
export function exampleLoss(outputs: HeadOutputs, label: OriginLabel): number {
  return sumOfParts(lossParts(outputs, label));
}

/**
 * Loss of the open intervals, nats: the Poisson part, with the orders to expect in the place of those that came. Its minimum in expectation
 * is at the forecast that `openOrders` was made with.
 */
export function openLoss(
  { curve }: HeadOutputs,
  { closedIntervals }: OriginLabel,
  openOrders: ArrayLike<number>,
): number {
  let loss = 0;
  for (let k = closedIntervals; k < INTERVALS; k++) {
    const within = expectedOrders(curve, INTERVAL_EDGES_DAYS[k + 1]!) - expectedOrders(curve, INTERVAL_EDGES_DAYS[k]!);
    const expected = Math.max(within, 1e-9);
    loss += expected - openOrders[k]! * Math.log(expected);
  }
  return loss;
}

export function sumOfParts({ intervals, count, value, spend }: LossParts): number {
  return intervals.reduce((sum, part) => sum + part, 0) + count + value + spend;
}

export function lossParts(outputs: HeadOutputs, label: OriginLabel): LossParts {
  const { curve, dispersion, erlangShape } = outputs;
  const closed = Math.min(label.closedIntervals, INTERVALS);
  const intervals = new Array<number>(INTERVALS).fill(0);
  if (closed === 0) return { intervals, count: 0, value: 0, spend: 0 };
  let before = 0;
  let count = 0;
  for (let k = 0; k < closed; k++) {
    const until = expectedOrders(curve, INTERVAL_EDGES_DAYS[k + 1]!);
    const expected = Math.max(until - before, 1e-9);
    const orders = label.orders[k]!;
    intervals[k] = expected - orders * Math.log(expected);
    count += orders;
    before = until;
  }
  const total = { mean: Math.max(before, 1e-9), dispersion, erlangShape };
  let [value, spend] = [0, 0];
  if (label.valuedOrders > 0) {
    const ratio = label.orderedMinor / label.valuedOrders / outputs.orderValueMinor;
    value =
      LOSS_WEIGHTS.value *
      VALUE_SHAPE *
      Math.min(label.valuedOrders, MOST_VALUED_ORDERS) *
      (ratio - Math.log(ratio) - 1);
  }
  if (label.spendMinor > 0 && count > 0) {
    const probability = 1 - probabilityOfZero(total);
    const { logSpendSigma: sigma } = outputs;
    const mu = Math.log((total.mean * outputs.orderValueMinor) / probability) - sigma ** 2 / 2;
    const z = (Math.log(label.spendMinor) - mu) / sigma;
    spend = LOSS_WEIGHTS.logSpendSigma * (Math.log(sigma) + (z * z) / 2);
  }
  return { intervals, count: LOSS_WEIGHTS.dispersion * countLoss(total, count), value, spend };
}
