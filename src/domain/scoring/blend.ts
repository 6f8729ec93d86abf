import type { BtydModel } from '../btyd/btyd-model';
import { conditionalCurve } from '../btyd/pareto-nbd';
import { recencyFrequency } from '../btyd/recency-frequency';
import { expectedOrders, type OrderCurve } from '../distribution/order-curve';
import { segmentOf } from '../state/order-segments';
import { netOrders, type RunningSummary } from '../state/summary';
import { type HeadOutputs, ownOrderValueMinor } from './model';

/** The horizon at which the blend of two curves is exactly their weighted geometric mean, days. */
export const BLEND_HORIZON_DAYS = 90;
/** Least expected orders in the blend: a customer surely gone (P(alive) → 0) must not take all from the other curve. */
export const LEAST_ORDERS = 1e-6;

/**
 * One curve of the same family between two: ln B and κ in proportion, and A such that the expected orders within
 * {@link BLEND_HORIZON_DAYS} are the weighted geometric mean of the two. So every number still comes from one closed form.
 */
export function blendCurves(network: OrderCurve, btyd: OrderCurve, networkShare: number): OrderCurve {
  if (networkShare >= 1) return network;
  const w = networkShare;
  const shape = w * network.shape + (1 - w) * btyd.shape;
  const scaleDays = Math.exp(w * Math.log(network.scaleDays) + (1 - w) * Math.log(btyd.scaleDays));
  const within = (curve: OrderCurve) => Math.log(Math.max(LEAST_ORDERS, expectedOrders(curve, BLEND_HORIZON_DAYS)));
  const orders = Math.exp(w * within(network) + (1 - w) * within(btyd));
  return {
    ratePerDay: orders / expectedOrders({ ratePerDay: 1, scaleDays, shape }, BLEND_HORIZON_DAYS),
    scaleDays,
    shape,
  };
}

/** Geometric blend of the two posterior mean order values. Any unit of money. */
export function blendOrderValue(network: number, btyd: number, networkShare: number): number {
  return btyd * (network / btyd) ** networkShare;
}

/**
 * The network's head outputs with the order curve and order value blended, orders brought to level, the shapes calibrated. Order
 * probabilities, quantiles and means are derived from the result, so that none contradicts another.
 */
export function blendedOutputs(
  outputs: HeadOutputs,
  structure: BtydModel,
  summary: RunningSummary,
  asOfS: number,
): HeadOutputs {
  const segment = segmentOf(netOrders(summary));
  const btyd = conditionalCurve(structure.paretoNbd, recencyFrequency(summary, asOfS));
  const blended = blendCurves(outputs.curve, btyd, structure.networkShares[segment]!);
  const { value, calibration } = structure;
  return {
    curve: { ...blended, ratePerDay: blended.ratePerDay * structure.level },
    dispersion: outputs.dispersion * (calibration?.dispersion[segment] ?? 1),
    ...(calibration?.regularity === undefined ? {} : { regularity: calibration.regularity[segment]! }),
    orderValueMinor:
      value === undefined
        ? outputs.orderValueMinor
        : blendOrderValue(outputs.orderValueMinor, ownOrderValueMinor(value.prior, summary), value.networkShare),
    spread: outputs.spread * (calibration?.spread[segment] ?? 1),
  };
}
