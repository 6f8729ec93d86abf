import type { Random } from '../math/random';
import { bootstrap } from './bootstrap';

/** Losses of a model and of a baseline on the same example, nats. */
export interface PairedLoss {
  readonly customerId: string;
  readonly model: number;
  readonly baseline: number;
}

/** How much less a model loses than a baseline, and how sure that is. */
export interface LossGain {
  /** Mean of baseline − model over the examples, nats. Above 0: the model is better. */
  readonly gain: number;
  /** 95 % interval of the gain over resamples of the customers. */
  readonly low: number;
  readonly high: number;
  readonly customers: number;
  /** True only if the model is better outside noise. */
  readonly proven: boolean;
}

/** With fewer customers no interval holds: too few resamples differ. */
export const LEAST_JUDGES = 20;
const RESAMPLES = 1_000;

/**
 * Compares the losses by a paired bootstrap over customers: both sides use the same resamples, and a customer's examples stay together,
 * since what one customer did counts in several of them. The interval is that of the studentised bootstrap (Efron and Tibshirani 1993,
 * chapter 12): losses are skewed, and plain quantiles call a model better too often that loses much on few customers.
 */
export function lossGain(losses: readonly PairedLoss[], random: Random): LossGain {
  const { sums, counts } = byCustomer(losses);
  const customers = sums.length;
  if (customers === 0) return { gain: 0, low: 0, high: 0, customers, proven: false };
  const whole = meanAndError(sums, counts, new Uint8Array(customers).fill(1));
  const studentised = (times: Uint8Array) => {
    const { mean, error } = meanAndError(sums, counts, times);
    return { t: error > 0 ? (mean - whole.mean) / error : 0 };
  };
  const { t } = bootstrap(customers, studentised, random, RESAMPLES);
  const low = whole.mean - t.high * whole.error;
  const high = whole.mean - t.low * whole.error;
  return { gain: whole.mean, low, high, customers, proven: customers >= LEAST_JUDGES && low > 0 };
}

/** Mean gain per example of a resample, with the linearised error of a ratio of two sums over customers. */
function meanAndError(sums: Float64Array, counts: Float64Array, times: Uint8Array): { mean: number; error: number } {
  let [sum, count, squares] = [0, 0, 0];
  for (let i = 0; i < sums.length; i++) {
    sum += times[i]! * sums[i]!;
    count += times[i]! * counts[i]!;
  }
  const mean = sum / count;
  for (let i = 0; i < sums.length; i++) squares += times[i]! * (sums[i]! - mean * counts[i]!) ** 2;
  return { mean, error: Math.sqrt(squares) / count };
}

/** Sum of the gains and number of examples of each customer, in the order of the first examples. */
function byCustomer(losses: readonly PairedLoss[]): { sums: Float64Array; counts: Float64Array } {
  const slots = new Map<string, number>();
  const slotOf = losses.map(({ customerId }) => {
    const slot = slots.get(customerId) ?? slots.size;
    slots.set(customerId, slot);
    return slot;
  });
  const sums = new Float64Array(slots.size);
  const counts = new Float64Array(slots.size);
  losses.forEach(({ model, baseline }, i) => {
    sums[slotOf[i]!]! += baseline - model;
    counts[slotOf[i]!]! += 1;
  });
  return { sums, counts };
}
