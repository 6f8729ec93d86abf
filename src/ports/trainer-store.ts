import type { LabelChanges, LabelProgress } from '../domain/labels/label-progress';

/** Two models that are compared on the questions asked after `startedAtS`. Neither changes during the trial. */
export interface StoredTrial {
  readonly championArtefact: Uint8Array;
  readonly challengerArtefact: Uint8Array;
  /** Event time, seconds. */
  readonly startedAtS: number;
  /** Chance of a false promotion that it may spend. */
  readonly alpha: number;
}

/** The trainer's progress, stored in addition to the labels. */
export interface TrainingProgress {
  /** Digest of the champion's artefact. */
  readonly championVersion: string;
  readonly championArtefact: Uint8Array;
  /** The previous champion, for a roll-back; null if there is none. */
  readonly previousArtefact: Uint8Array | null;
  readonly rounds: number;
  readonly promotions: number;
  readonly rollbacks: number;
  /** Releases in which only the statistics of the shop or the calibration changed. */
  readonly recalibrations: number;
  /** The last day of event time whose work is done, whole days, seconds; null before the first. */
  readonly dayS: number | null;
  /** Versions that the current day has announced. After a kill, the registry may have one of them already. */
  readonly announcing: readonly string[];
  /** The model that the next round trains further; null: the champion. */
  readonly traineeArtefact: Uint8Array | null;
  /** The challenger on trial. */
  readonly trial: StoredTrial | null;
  /** Event time at which the last trial started, seconds; null before the first. */
  readonly lastTrialS: number | null;
  /** The champion before the last change of weights, on trial against the one that replaced it: the way to a roll-back. */
  readonly watch: StoredTrial | null;
}

/**
 * The trainer's durable store. Every commit is atomic. Its data is readable when it returns, also by a process that starts after this
 * one was killed. Only one process at a time may open it. Models are in the model registry.
 */
export interface TrainerStore {
  /** Format level at which states and snapshots must be written. Stored ones may have any level. */
  readonly format: number;
  /** The committed progress of a partition; null if there is none. Origins, pending events and customers have no order. */
  progress(partition: number): LabelProgress | null;
  /** The encoded state of a customer; null for one never stored. */
  state(partition: number, customerId: string): Uint8Array | null;
  training(): TrainingProgress | null;
  /** Stores the changes in one transaction. If `training` is null, the training progress stays as it is. */
  commit(changes: readonly LabelChanges[], training: TrainingProgress | null): void;
  /** Stores these changes in the place of everything that is stored of their partition, in one transaction. */
  replace(changes: LabelChanges): void;
  /** Offset of the first dead letter of a partition that is needed for the records after the committed ones; null if it is not known. */
  nextLetter(partition: number): number | null;
  keepNextLetter(partition: number, offset: number): void;
  close(): Promise<void>;
}
