import type { OffsetVector } from '../domain/event';

export interface MendedState {
  readonly customerId: string;
  /** What the store held when the mend began; null for nothing. */
  readonly found: Uint8Array | null;
  readonly state: Uint8Array;
  /** The state is folded from the records below these offsets, by TopicIndex. */
  readonly folded: OffsetVector;
}

/**
 * Puts one customer's state in the place of what is there, while scorers may run.
 * Not its business: folding the state, and whether it is right.
 */
export interface StateMend {
  /**
   * False, and nothing is changed, if the store holds anything but `found` by now, if the partition has no commit chain, or if its F lies
   * behind `folded`: then it was rolled back, and records that this state has would be folded again.
   */
  put(partition: number, mended: MendedState): Promise<boolean>;
  close(): Promise<void>;
}
