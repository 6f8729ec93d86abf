import type { Beat, BeatAnswer, TakeOver } from '../domain/lease';

/**
 * The table of leases of one deployment. Every call is atomic. Throws if the table is unreachable: nothing is known then, and the group
 * alone decides who owns a partition.
 */
export interface LeaseTable {
  beat(beat: Beat): Promise<BeatAnswer>;
  /** The partitions that were taken: those that `from` still held. None if it has beaten since, or if the caller is itself unknown by now. */
  take(take: TakeOver): Promise<readonly number[]>;
  /** Removes the member and all that it holds. */
  leave(member: string): Promise<void>;
  close(): Promise<void>;
}
