import type { OffsetVector } from '../domain/event';

export interface MendedState {
  readonly customerId: string;
  /** The bytes in the store when the repair began; null if there were none. */
  readonly found: Uint8Array | null;
  readonly state: Uint8Array;
  /** The state is folded from the records below these offsets, by TopicIndex. */
  readonly folded: OffsetVector;
}

/**
 * Replaces one customer's state, also while scorers run. The caller folds the state and is responsible for its correctness.
 */
export interface StateMend {
  /**
   * An owner that may hold the state of before in memory is fenced, and claims the partition again.
   * Changes nothing and returns false in three cases. The bytes in the store no longer equal `found`; the partition has no commit
   * chain; or its folded offsets are below `folded`. In the last case it was rolled back, and would fold the same records twice.
   */
  put(partition: number, mended: MendedState): Promise<boolean>;
  close(): Promise<void>;
}
