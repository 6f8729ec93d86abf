import type { LabelChanges, LabelProgress } from '../domain/labels/label-progress';

/** What the trainer itself remembers beside the labels. */
export interface TrainingProgress {
  /** Digest of the champion's artefact. */
  readonly championVersion: string;
  readonly championArtefact: Uint8Array;
  /** The champion before it, to roll back to; null where there is none. */
  readonly previousArtefact: Uint8Array | null;
  readonly rounds: number;
  readonly promotions: number;
  readonly rollbacks: number;
  /** Releases in which nothing but the calibration of the spread changed. */
  readonly recalibrations: number;
}

/**
 * The trainer's durable memory. Every commit is all or nothing, and what it wrote can be read when it returns, also by a process that
 * starts after this one was killed. One process at a time. Not its business: what the labels mean, and the models (the model registry keeps those).
 */
export interface TrainerStore {
  /** Format level that states and snapshots are to be written at; those that are read may be of any. */
  readonly format: number;
  /** What was committed for a partition; null where nothing was. Origins, pending events and customers come in no order. */
  progress(partition: number): LabelProgress | null;
  /** The encoded state of a customer; null for one never stored. */
  state(partition: number, customerId: string): Uint8Array | null;
  training(): TrainingProgress | null;
  /** Stores what changed, in one transaction. Null leaves the training progress as it is. */
  commit(changes: readonly LabelChanges[], training: TrainingProgress | null): void;
  close(): Promise<void>;
}
