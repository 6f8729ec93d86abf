/** What an arbiter tells a partition source to do. */
export interface Served {
  /** Serve the partition: the source announces it as assigned. Nothing if it is served. */
  serve(partition: number): void;
  /** Serve it no longer. Resolves when the receiver has released it. */
  cease(partition: number): Promise<void>;
  /** The partition is the caller's: a fenced owner may try again. */
  confirm(partition: number): void;
}

/**
 * Decides together with the consumer group which partitions a member serves. A partition source without an arbiter serves what the group
 * assigned. No call throws or waits, except the last two.
 */
export interface Arbiter {
  start(served: Served): void;
  /** The member begins to join the group. Returns the partitions that it reports to the group as its own. */
  joining(): readonly number[];
  /** The group assigned exactly these. */
  joined(partitions: readonly number[]): void;
  /** The group still counts the member as alive. */
  alive(): void;
  /** The log is reachable, or not. */
  connected(up: boolean): void;
  /** The receiver was fenced in this partition. It must be confirmed by what is learnt from now on. */
  unsure(partition: number): void;
  /** Ceases all partitions, and keeps the leases until they are released. */
  stop(): Promise<void>;
  /** After the group was left. */
  leave(): Promise<void>;
}
