import type { OrderValuePrior } from './order-value-prior';
import type { ParetoNbd } from './pareto-nbd';

/** The BTYD model (buy till you die) that the network is blended with. It turns state into numbers, so it is part of the artefact. */
export interface BtydModel {
  /** Fitted on the same history as the network. α and β in days. */
  readonly paretoNbd: ParetoNbd;
  /** The network's share of the order curve by order segment, 0…1. The rest is the BTYD model's. */
  readonly networkShares: readonly number[]; // [ORDER_SEGMENTS]
  /** Factor on all expected orders. It brings the total over all customers to that of the best baselines. */
  readonly level: number;
  /** Factors on the expected orders by order segment, besides the level. Fitted on the stream. Absent: 1 for everyone. */
  readonly segmentFactors?: readonly number[]; // [ORDER_SEGMENTS]
  /** Absent: the network's order value is not blended. */
  readonly value?: ValueBlend;
  /** Absent: the network's dispersion and log-spend sigma are not calibrated. */
  readonly calibration?: ShapeCalibration;
}

/** False: the network has every share, because no BTYD model of the shop could be fitted yet. */
export function hasBtydFit({ networkShares, value }: BtydModel): boolean {
  return value !== undefined || networkShares.some((share) => share < 1);
}

/** How the order value m is blended with the Gamma-Gamma estimate GG: m = GG^(1−share) · network^share. */
export interface ValueBlend {
  /**
   * Gamma-Gamma fitted on the same history. The network learnt its correction on top of another prior, that of the settings, and it holds
   * only there. So the two posterior means are blended; the correction is not moved to this prior.
   */
  readonly prior: OrderValuePrior;
  /** 0…1. */
  readonly networkShare: number;
}

/**
 * Calibration by order segment of everything except the means: two factors and the Erlang shape. Λ (expected orders), m (order value) and
 * every mean derived from them stay.
 */
export interface ShapeCalibration {
  /** Factor on α, the dispersion of the NB2 count. */
  readonly dispersion: readonly number[]; // [ORDER_SEGMENTS]
  /** Factor on σ of ln spend, given an order. */
  readonly logSpendSigma: readonly number[]; // [ORDER_SEGMENTS]
  /** Erlang shape r of the count, see CountShape. It is a value, not a factor, because the heads do not predict it. Absent: 1. */
  readonly erlangShape?: readonly number[]; // [ORDER_SEGMENTS]
}
