import type { JudgedScore } from '../prequential/judged-score';
import type { SequenceState } from '../state/sequence-state';
import type { LabelCounters } from './label-progress';
import type { Origin } from './origins';
import type { TimeJump } from './time-front';

/**
 * The labels of one partition as the learner sees them at the end of a day of event time. It does not matter whether this process folded
 * them, or whether they are a copy of what another process published.
 */
export interface LearningLabels {
  readonly partition: number;
  /** Every turn before this instant was taken, seconds. */
  readonly clockS: number;
  readonly openOrigins: number;
  readonly reservoirCount: number;
  count(): Readonly<LabelCounters>;
  /** The last jumps of the orders' time, oldest first. They may lie after the clock. */
  jumps(): readonly TimeJump[];
  /** The origins that are open or in the reservoir, each once, in no order. */
  origins(): Iterable<Origin>;
  customers(): Iterable<string>;
  /** The customer's state as of the clock. Do not change it. */
  state(customerId: string): SequenceState;
  /** Records that the first `closed` intervals were trained on. */
  markTrained(origin: Origin, closed: number): void;
  /** The newest judged scores of all horizons. */
  judgedScores(): Iterable<JudgedScore>;
  /** Event time of the oldest origin that waits to be judged at a horizon; null if there is none. */
  waitingSinceS(horizon: number): number | null;
}
