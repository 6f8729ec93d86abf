/** The format of a stored partition, in relation to its owner's version. */
export interface FormatStatus {
  /** Format level at which its owner writes. */
  readonly level: number;
  /** Newest level that the program with its last claim reads. 1 for a version of the program without format levels. */
  readonly ownerReads: number;
}

/**
 * Changes the format levels of stored partitions, also while owners run. serde/format-level.ts defines the levels. The caller decides
 * when it is safe to raise one.
 */
export interface StateFormats {
  /** Null for a partition that was never claimed: its first owner sets its level. */
  status(partition: number): Promise<FormatStatus | null>;
  /** Sets the level and raises the epoch: an owner is fenced, claims again, and writes at this level from then on. */
  setLevel(partition: number, level: number): Promise<void>;
  /** Replaces each state whose bytes still equal `from`, and returns their number. Changed states stay as they are. */
  replaceStates(
    partition: number,
    changes: readonly { readonly customerId: string; readonly from: Uint8Array; readonly to: Uint8Array }[],
  ): Promise<number>;
  /** Rewrites the blobs in the outbox at this level, and returns their number. */
  rewriteOutbox(partition: number, level: number): Promise<number>;
  close(): Promise<void>;
}
