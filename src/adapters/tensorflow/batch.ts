import { expectedOrders } from '../../domain/distribution/order-curve';
import { INTERVAL_EDGES_DAYS, INTERVALS } from '../../domain/label-intervals';
import { BLEND_HORIZON_DAYS, LEAST_ORDERS } from '../../domain/scoring/blend';
import { type Example, MOST_VALUED_ORDERS } from '../../domain/scoring/example';

/**
 * Examples of similar length as the arrays of the graph, time first. Shorter sequences are padded at their beginning: a masked step keeps
 * the zero state at zero. So every sequence ends, with its virtual step, at T − 1.
 */
export interface SequenceBatch {
  readonly size: number; // B
  readonly steps: number; // T, the longest
  readonly inputs: Float32Array; // [T, B, F]
  readonly mask: Float32Array; // [T, B, 1]: 1 if the step belongs to the sequence
  /** Steps before this one have padding in some row. */
  readonly paddedUntil: number;
}

export function sequenceBatch(examples: readonly Example[], F: number): SequenceBatch {
  const size = examples.length;
  let steps = 1;
  let shortest = Number.POSITIVE_INFINITY;
  for (const example of examples) {
    steps = Math.max(steps, example.steps);
    shortest = Math.min(shortest, example.steps);
  }
  const inputs = new Float32Array(steps * size * F);
  const mask = new Float32Array(steps * size);
  examples.forEach(({ steps: own, sequence }, b) => {
    const padding = steps - own;
    for (let t = 0; t < own; t++) {
      const row = (padding + t) * size + b;
      inputs.set(sequence.subarray(t * F, (t + 1) * F), row * F);
      mask[row] = 1;
    }
  });
  return { size, steps, inputs, mask, paddedUntil: steps - shortest };
}

export function summaryBatch(examples: readonly Example[], S: number): Float32Array {
  const summaries = new Float32Array(examples.length * S); // [B, S]
  examples.forEach(({ summary }, b) => {
    summaries.set(summary, b * S);
  });
  return summaries;
}

/**
 * Labels as the loss reads them, B rows each. The logarithms of money, relative to the base order value, are computed here in double
 * precision.
 */
export interface LabelBatch {
  readonly closed: Float32Array; // [B, INTERVALS]: 1 if the interval is closed
  /** 1 if the interval has a Poisson part: it is closed, or there are orders to expect in it. */
  readonly counted: Float32Array; // [B, INTERVALS]
  readonly orders: Float32Array; // [B, INTERVALS]; if open, those to expect, or 0
  readonly count: Float32Array; // [B, 1] orders over the closed intervals
  readonly mostOrders: number;
  /** ln(observed mean order value ÷ base order value). 0 if the weight is 0. */
  readonly logValue: Float32Array; // [B, 1]
  readonly valueWeight: Float32Array; // [B, 1]: valued orders, at most 5
  /** ln(spend ÷ base order value). 0 if the weight is 0. */
  readonly logSpend: Float32Array; // [B, 1]
  readonly spendWeight: Float32Array; // [B, 1]: 1 if there was spend
}

export function labelBatch(examples: readonly Example[]): LabelBatch {
  const B = examples.length;
  const closed = new Float32Array(B * INTERVALS);
  const counted = new Float32Array(B * INTERVALS);
  const orders = new Float32Array(B * INTERVALS);
  const count = new Float32Array(B);
  const logValue = new Float32Array(B);
  const valueWeight = new Float32Array(B);
  const logSpend = new Float32Array(B);
  const spendWeight = new Float32Array(B);
  let mostOrders = 0;
  examples.forEach(({ label, baseOrderValueMinor, openOrders }, b) => {
    const intervals = Math.min(label.closedIntervals, INTERVALS);
    for (let k = 0; k < intervals; k++) {
      closed[b * INTERVALS + k] = 1;
      counted[b * INTERVALS + k] = 1;
      orders[b * INTERVALS + k] = label.orders[k]!;
      count[b]! += label.orders[k]!;
    }
    for (let k = intervals; openOrders !== undefined && k < INTERVALS; k++) {
      counted[b * INTERVALS + k] = 1;
      orders[b * INTERVALS + k] = openOrders[k]!;
    }
    mostOrders = Math.max(mostOrders, count[b]!);
    if (intervals > 0 && label.valuedOrders > 0) {
      logValue[b] = Math.log(label.orderedMinor / label.valuedOrders / baseOrderValueMinor);
      valueWeight[b] = Math.min(label.valuedOrders, MOST_VALUED_ORDERS);
    }
    if (label.spendMinor > 0 && count[b]! > 0) {
      logSpend[b] = Math.log(label.spendMinor / baseOrderValueMinor);
      spendWeight[b] = 1;
    }
  });
  return { closed, counted, orders, count, mostOrders, logValue, valueWeight, logSpend, spendWeight };
}

/** Lengths and beginnings of the intervals, days. */
export const INTERVAL_LENGTHS_DAYS = Float32Array.from(
  { length: INTERVALS },
  (_, k) => INTERVAL_EDGES_DAYS[k + 1]! - INTERVAL_EDGES_DAYS[k]!,
);
export const INTERVAL_BEGINNINGS_DAYS = Float32Array.from(INTERVAL_EDGES_DAYS.slice(0, INTERVALS));

/** What the outputs are blended with, B rows each. Logarithms are computed here in double precision. */
export interface BlendBatch {
  readonly networkShare: Float32Array; // [B, 1]
  readonly btydLogScale: Float32Array; // [B, 1]: ln B
  readonly btydShape: Float32Array; // [B, 1]: κ
  /** ln of the BTYD model's expected orders within BLEND_HORIZON_DAYS. */
  readonly btydLogOrders: Float32Array; // [B, 1]
  readonly logOrdersFactor: Float32Array; // [B, 1]
  /** ln(served m ÷ base) = logValue + valueShare · ln(network's m ÷ base). */
  readonly valueShare: Float32Array; // [B, 1]
  readonly logValue: Float32Array; // [B, 1]
  readonly dispersionFactor: Float32Array; // [B, 1]
  readonly logSpendSigmaFactor: Float32Array; // [B, 1]
}

/** null if no example is blended. In a mixed batch, one that is not has the network's share 1 and factors of 1. */
export function blendBatch(examples: readonly Example[]): BlendBatch | null {
  if (examples.every(({ blend }) => blend === undefined)) return null;
  const column = (of: (example: Example) => number) => Float32Array.from(examples, of);
  return {
    networkShare: column(({ blend }) => blend?.networkShare ?? 1),
    btydLogScale: column(({ blend }) => Math.log(blend?.btyd.scaleDays ?? 1)),
    btydShape: column(({ blend }) => blend?.btyd.shape ?? 1),
    btydLogOrders: column(({ blend }) =>
      blend === undefined ? 0 : Math.log(Math.max(LEAST_ORDERS, expectedOrders(blend.btyd, BLEND_HORIZON_DAYS))),
    ),
    logOrdersFactor: column(({ blend }) => Math.log(blend?.ordersFactor ?? 1)),
    valueShare: column(({ blend }) => blend?.value?.networkShare ?? 1),
    logValue: column(({ blend, baseOrderValueMinor }) => {
      const value = blend?.value ?? null;
      return value === null ? 0 : (1 - value.networkShare) * Math.log(value.btydMinor / baseOrderValueMinor);
    }),
    dispersionFactor: column(({ blend }) => blend?.dispersionFactor ?? 1),
    logSpendSigmaFactor: column(({ blend }) => blend?.logSpendSigmaFactor ?? 1),
  };
}
