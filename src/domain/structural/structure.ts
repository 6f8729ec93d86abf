import type { OrderValuePrior } from './order-value-prior';
import type { ParetoNbd } from './pareto-nbd';

/** The structural anchor of a model: part of the artefact, because it turns state into numbers. */
export interface Structure {
  /** Fitted on the same history as the network; α and β in days. */
  readonly paretoNbd: ParetoNbd;
  /** The network's share of the order curve by order segment, 0…1; the rest is the structural model's. */
  readonly networkShares: readonly number[]; // [ORDER_SEGMENTS]
  /** Factor on all expected orders that brings the cohort's total to the level forecaster's. */
  readonly level: number;
  /** Absent: the network's order value stays as it is. */
  readonly value?: ValueAnchor;
  /** Absent: the network's dispersion and spread stay as they are. */
  readonly calibration?: ShapeCalibration;
}

/** What the order value is anchored to: m = GG^(1−share) · network^share. */
export interface ValueAnchor {
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
