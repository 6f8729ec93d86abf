import { expectedOrders, type OrderCurve } from '../distribution/order-curve';
import type { NetworkWeights } from '../network/weights';
import { HEAD_RANGES } from '../scoring/model';

/** What the network says at one matured origin, and what happened. Any unit of money, but the same throughout. */
export interface ShiftRow {
  readonly curve: OrderCurve;
  /** Order value before the network's correction, and with it. */
  readonly baseValue: number;
  readonly value: number;
  /** Number and sum of the orders with a value above 0. */
  readonly valuedOrders: number;
  readonly ordered: number;
  readonly weight: number;
}

/** Added to the raw outputs of the log rate and of the value correction. */
export interface OutputShift {
  readonly rate: number;
  readonly value: number;
}

const RATE = 0;
const VALUE = 3;
/** Orders that pull the shift of the value to 0, each as if it had come as expected. */
const PRIOR_ORDERS = 20;
const MOST_VALUED = 5;
/** Bounds of a shift: a factor of 20 on the rate. */
const MOST_SHIFT = 3;

/** Horizon at which the total of expected orders is shifted, days. */
const SHIFTED_DAYS = 30;

/**
 * The shift of two output biases: the network's expected orders become `level` times as many in total, and its order values are those that
 * came. It changes no state: only the heads. Found by bisection, since both totals rise with their bias.
 */
export function outputShift(rows: readonly ShiftRow[], level: number): OutputShift {
  const { rate: R, rateMiddle, value: V } = HEAD_RANGES;
  const logRate = (raw: number) => R * Math.tanh(raw / R);
  const expected = rows.map(({ curve, weight }) => ({
    raw: R * Math.atanh(within((Math.log(curve.ratePerDay) - rateMiddle) / R)),
    orders: weight * expectedOrders(curve, SHIFTED_DAYS),
  }));
  const wanted = level * expected.reduce((sum, { orders }) => sum + orders, 0);
  const rate =
    wanted === 0
      ? 0
      : bisect((shift) => {
          let total = 0;
          for (const { raw, orders } of expected) total += orders * Math.exp(logRate(raw + shift) - logRate(raw));
          return total - wanted;
        });
  const valued = rows
    .filter(({ valuedOrders }) => valuedOrders > 0)
    .map(({ baseValue, value, valuedOrders, ordered, weight }) => ({
      raw: Math.atanh(within(Math.log(value / baseValue) / V)),
      ratio: ordered / valuedOrders / baseValue,
      weight: weight * Math.min(valuedOrders, MOST_VALUED),
    }));
  const value = bisect((shift) => {
    let sum = PRIOR_ORDERS * Math.tanh(shift);
    // The gradient of the gamma deviance.
    for (const { raw, ratio, weight } of valued) sum += weight * (1 - ratio * Math.exp(-V * Math.tanh(raw + shift)));
    return sum;
  });
  return { rate, value };
}

/** The network's curve and order value after the shift. */
export function shifted<T extends Pick<ShiftRow, 'curve' | 'baseValue' | 'value'>>(row: T, shift: OutputShift) {
  const { rate: R, rateMiddle, value: V } = HEAD_RANGES;
  const rawRate = R * Math.atanh(within((Math.log(row.curve.ratePerDay) - rateMiddle) / R));
  const rawValue = Math.atanh(within(Math.log(row.value / row.baseValue) / V));
  const ratePerDay = Math.exp(rateMiddle + R * Math.tanh((rawRate + shift.rate) / R));
  return {
    curve: { ...row.curve, ratePerDay },
    value: row.baseValue * Math.exp(V * Math.tanh(rawValue + shift.value)),
  };
}

/** The weights with shifted output biases. */
export function withShift(weights: NetworkWeights, { rate, value }: OutputShift): NetworkWeights {
  const outputBias = Float32Array.from(weights.outputBias);
  outputBias[RATE]! += rate;
  outputBias[VALUE]! += value;
  return { ...weights, outputBias };
}

function within(x: number): number {
  return Math.min(0.999, Math.max(-0.999, x));
}

/** The root of a rising function within ±MOST_SHIFT, or the nearer bound. */
function bisect(of: (shift: number) => number): number {
  let [low, high] = [-MOST_SHIFT, MOST_SHIFT];
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (of(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
