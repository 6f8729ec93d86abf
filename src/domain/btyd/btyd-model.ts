import type { OrderValuePrior } from './order-value-prior';
import type { ParetoNbd } from './pareto-nbd';

/** The BTYD model (buy till you die) that a model is blended with: part of the artefact, because it turns state into numbers. */
export interface BtydModel {
  /** Fitted on the same history as the network; α and β in days. */
  readonly paretoNbd: ParetoNbd;
  /** The network's share of the order curve by order segment, 0…1; the rest is the BTYD model's. */
  readonly networkShares: readonly number[]; // [ORDER_SEGMENTS]
  /** Factor on all expected orders that brings the cohort's total to that of the best baselines. */
  readonly level: number;
  /** Absent: the network's order value stays as it is. */
  readonly value?: ValueBlend;
  /** Absent: the network's dispersion and spread stay as they are. */
  readonly calibration?: ShapeCalibration;
}

/** What the order value is blended with: m = GG^(1−share) · network^share. */
export interface ValueBlend {
  /**
   * Gamma-Gamma of the same history. The network's correction was learnt on top of another prior, the settings' own, and holds only
   * there: so the two posterior means are blended, not the correction moved from one to the other.
   */
  readonly prior: OrderValuePrior;
  /** 0…1. */
  readonly networkShare: number;
}

/** By order segment, what the means leave open: factors on it, and how regular the orders come, so that Λ and m, and every mean made of them, stay. */
export interface ShapeCalibration {
  /** On α of the NB2 count. */
  readonly dispersion: readonly number[]; // [ORDER_SEGMENTS]
  /** On σ of ln spend, given an order. */
  readonly spread: readonly number[]; // [ORDER_SEGMENTS]
  /** r of the count, see CountShape: no factor, as the heads say none. Absent: 1. */
  readonly regularity?: readonly number[]; // [ORDER_SEGMENTS]
}
