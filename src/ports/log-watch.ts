/** Current facts about one topic. */
export interface TopicFacts {
  /** Changes if the topic is deleted and created again. Null if the log has no topic ids. */
  readonly id: string | null;
  readonly partitions: number;
}

export interface LogFacts {
  /** Id of the cluster. */
  readonly cluster: string;
  /** By name. Topics that do not exist are missing. */
  readonly topics: ReadonlyMap<string, TopicFacts>;
}

/**
 * Reads facts about the whole log. The cost does not depend on the number of partitions. The caller reacts to changes.
 */
export interface LogWatch {
  /** Rejects if the log is unreachable. */
  look(): Promise<LogFacts>;
  close(): Promise<void>;
}
