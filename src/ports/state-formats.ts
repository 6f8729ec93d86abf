/** Where a stored partition stands between two versions of the program. */
export interface FormatStatus {
  /** Format level that its owner writes at. */
  readonly level: number;
  /** False if its last claim was made by a version of the program that knows no format levels, and so reads level 1 only. */
  readonly ownerReadsLevels: boolean;
}

/**
 * Format levels of stored partitions, as an operator changes them beside running owners. Not its business: what a level means
 * (serde/format-level.ts), and when it is safe to raise one.
 */
export interface StateFormats {
  /** Null for a partition that was never claimed: its first owner sets its level. */
  status(partition: number): Promise<FormatStatus | null>;
  /** Sets the level and raises the epoch: an owner is fenced, claims again, and writes at this level from then on. */
  setLevel(partition: number, level: number): Promise<void>;
  /** Replaces each state that is still `from`, byte for byte; returns how many were. A state that has moved on is left alone. */
  replaceStates(
    partition: number,
    changes: readonly { readonly customerId: string; readonly from: Uint8Array; readonly to: Uint8Array }[],
  ): Promise<number>;
  /** Writes the blobs that wait to be published at this level; returns how many were rewritten. */
  rewriteOutbox(partition: number, level: number): Promise<number>;
  close(): Promise<void>;
}
