import type { ParetoNbd } from './pareto-nbd';

/** Least number of standing orders of each evidence bucket: 0, 1, 2–3, 4 and more. */
export const EVIDENCE_BUCKETS = [0, 1, 2, 4] as const;

/** The structural anchor of a model: part of the artefact, because it turns state into numbers. */
export interface Structure {
  /** Fitted on the same history as the network; α and β in days. */
  readonly paretoNbd: ParetoNbd;
  /** The network's share of the order curve by evidence bucket, 0…1; the rest is the structural model's. */
  readonly networkShares: readonly number[]; // [EVIDENCE_BUCKETS]
  /** Factor on all expected orders that brings the cohort's total to the level forecaster's. */
  readonly level: number;
}
