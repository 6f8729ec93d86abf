import type { LabelChanges, LabelProgress } from '../domain/labels/label-progress';

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
  /** Releases in which only the calibration of log-spend sigma changed. */
  readonly recalibrations: number;
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
  close(): Promise<void>;
}
