import type { Claimant, DeploymentIdentity } from '../domain/deployment-identity';
import type { PartitionMeta } from './state-store';

export interface ArchiveHead {
  readonly meta: PartitionMeta;
  /** True if every commit is published, so that the outbox is empty. */
  readonly drained: boolean;
}

/** A partition that was emptied to take an archive's state. */
export interface ArchiveBegun {
  /** Its epoch, raised. */
  readonly epoch: number;
  /** Format level at which its states must be written. */
  readonly format: number;
}

/**
 * Export and import of a partition's whole state. An import is a roll-back: it fences the owner. Between `begin` and `finish` the
 * partition has no commit chain, so that a half-imported state is never used. StateReader reads the states themselves.
 */
export interface StateArchive {
  /** Null if nothing was ever committed. */
  head(partition: number): Promise<ArchiveHead | null>;
  /** Empties the partition and raises its epoch. Its format level stays; one never claimed starts at the newest. */
  begin(partition: number): Promise<ArchiveBegun>;
  /** If the partition was claimed since `begin`, stores nothing and returns false. */
  put(
    partition: number,
    epoch: number,
    states: readonly { readonly customerId: string; readonly state: Uint8Array }[],
  ): Promise<boolean>;
  /** Makes the imported states valid, at this commit chain. Returns false if the partition was claimed since `begin`. */
  finish(partition: number, epoch: number, meta: PartitionMeta): Promise<boolean>;
  close(): Promise<void>;
}

/** Moves state to another deployment on purpose. */
export interface StateAdoption {
  /**
   * Assigns the partition to this deployment, topic ids included, and fences its owner. The folded offsets stay the same. Returns the
   * previous deployment; null if there was none.
   */
  adopt(partition: number, claimant: Claimant): Promise<DeploymentIdentity | null>;
}
