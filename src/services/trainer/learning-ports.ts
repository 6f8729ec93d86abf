import type { Currency } from '../../domain/currency';
import type { LearningLabels } from '../../domain/labels/learning-labels';
import type { Clock } from '../../ports/clock';
import type { Learner } from '../../ports/learner';
import type { Observer } from '../../ports/observer';
import type { Sha256 } from '../../serde/model-artefact';
import type { TrainerSettings } from './settings';

export interface LearningPorts {
  readonly learner: Learner;
  readonly sha256: Sha256;
  readonly observer: Observer;
  readonly clock: Clock;
}

/** The labels of all partitions, by partition. */
export interface LabelPartitions {
  readonly partitions: readonly LearningLabels[];
}

export interface LearningOptions {
  readonly minorPerMajor: number;
  /** Of the deployment: models of another one are refused, and those that are fitted on the stream carry it. Absent: unknown. */
  readonly currency?: Currency;
  readonly settings: TrainerSettings;
  /** Determines choice and order of the examples, together with the day. */
  readonly seed: number;
}
