import type { BtydModel } from '../btyd/btyd-model';
import { conditionalCurve } from '../btyd/pareto-nbd';
import { recencyFrequency } from '../btyd/recency-frequency';
import { expectedOrders, type OrderCurve } from '../distribution/order-curve';
import type { MoneyHistory } from '../state/capped-money';
import { segmentOf } from '../state/order-segments';
import { netOrders } from '../state/summary';
import { type HeadOutputs, ownOrderValueMinor } from './model';

/** At this horizon, in days, the blend of two curves is exactly their weighted geometric mean. */
export const BLEND_HORIZON_DAYS = 90;
/** Least expected orders in the blend. Without it, a customer who has surely left (P(alive) → 0) would pull the blend to 0. */
export const LEAST_ORDERS = 1e-6;

/**
 * Blends two curves into one of the same family. ln B and κ are weighted means. A is set so that the expected orders within {@link
 * BLEND_HORIZON_DAYS} are the weighted geometric mean. So every number still comes from one closed form.
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

/** Weighted geometric mean of the two order values. Any unit of money. */
export function blendOrderValue(network: number, btyd: number, networkShare: number): number {
  return btyd * (network / btyd) ** networkShare;
}

/** What a customer's network outputs are blended with: everything in the blend that does not depend on the network. */
export interface BlendTerms {
  readonly btyd: OrderCurve;
  /** The network's share of the order curve, 0…1. */
  readonly networkShare: number;
  /** Factor on the blended expected orders: level × the segment's factor. */
  readonly ordersFactor: number;
  /** null: the network's order value is not blended. */
  readonly value: { readonly btydMinor: number; readonly networkShare: number } | null;
  readonly dispersionFactor: number;
  readonly logSpendSigmaFactor: number;
  readonly erlangShape?: number;
}

export function blendTerms(
  structure: BtydModel,
  state: MoneyHistory,
  asOfS: number,
  typicalOrderMinor: number,
): BlendTerms {
  const { summary } = state;
  const segment = segmentOf(netOrders(summary));
  const { paretoNbd, networkShares, level, segmentFactors, value, calibration } = structure;
  return {
    btyd: conditionalCurve(paretoNbd, recencyFrequency(summary, asOfS)),
    networkShare: networkShares[segment]!,
    ordersFactor: level * (segmentFactors?.[segment] ?? 1),
    value:
      value === undefined
        ? null
        : {
            btydMinor: ownOrderValueMinor(value.prior, state, typicalOrderMinor),
            networkShare: value.networkShare,
          },
    dispersionFactor: calibration?.dispersion[segment] ?? 1,
    logSpendSigmaFactor: calibration?.logSpendSigma[segment] ?? 1,
    ...(calibration?.erlangShape === undefined ? {} : { erlangShape: calibration.erlangShape[segment]! }),
  };
}

/**
 * Blends the order curve and the order value, corrects the orders, and calibrates the shapes. Order probabilities, quantiles and means
 * all come from the result, so none contradicts another.
 */
export function blended(outputs: HeadOutputs, terms: BlendTerms): HeadOutputs {
  const { btyd, networkShare, ordersFactor, value, erlangShape } = terms;
  const curve = blendCurves(outputs.curve, btyd, networkShare);
  const { orderValueMinor } = outputs;
  return {
    curve: { ...curve, ratePerDay: curve.ratePerDay * ordersFactor },
    dispersion: outputs.dispersion * terms.dispersionFactor,
    ...(erlangShape === undefined ? {} : { erlangShape }),
    orderValueMinor:
      value === null ? orderValueMinor : blendOrderValue(orderValueMinor, value.btydMinor, value.networkShare),
    logSpendSigma: outputs.logSpendSigma * terms.logSpendSigmaFactor,
  };
}

export function blendedOutputs(
  outputs: HeadOutputs,
  structure: BtydModel,
  state: MoneyHistory,
  asOfS: number,
  typicalOrderMinor: number,
): HeadOutputs {
  return blended(outputs, blendTerms(structure, state, asOfS, typicalOrderMinor));
}
