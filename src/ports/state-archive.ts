import type { Claimant, DeploymentIdentity } from '../domain/deployment-identity';
import type { PartitionMeta } from './state-store';

export interface ArchiveHead {
  readonly meta: PartitionMeta;
  /** True where every commit is known to be published, so that nothing waits in the outbox. */
  readonly drained: boolean;
}

/** A partition that was emptied to take an archive's state. */
export interface ArchiveBegun {
  /** Its epoch, raised. */
  readonly epoch: number;
  /** Format level that its states are to be written at. */
  readonly format: number;
}

/**
 * A partition's state as a whole, to be set aside and put back. Putting back is a roll-back: it fences the owner, and between `begin` and
 * `finish` the partition has no commit chain, so that nobody takes half a state for a whole one.
 * Not its business: reading the states themselves (StateReader), and files.
 */
export interface StateArchive {
  /** Null where nothing was ever committed. */
  head(partition: number): Promise<ArchiveHead | null>;
  /** Empties the partition and raises its epoch. Its format level stays; one never claimed starts at the newest. */
  begin(partition: number): Promise<ArchiveBegun>;
  /** False, and nothing is stored, where somebody has claimed the partition since. */
  put(
    partition: number,
    epoch: number,
    states: readonly { readonly customerId: string; readonly state: Uint8Array }[],
  ): Promise<boolean>;
  /** Makes what was put the partition's state, at this commit chain. False where somebody has claimed the partition since. */
  finish(partition: number, epoch: number, meta: PartitionMeta): Promise<boolean>;
  close(): Promise<void>;
}

/** Moves state to another deployment on purpose. */
export interface StateAdoption {
  /**
   * Gives the partition to this deployment, topic ids included, and fences its owner; F stays as it is. Returns the deployment that it belonged
   * to, null where there was none.
   */
  adopt(partition: number, claimant: Claimant): Promise<DeploymentIdentity | null>;
}
