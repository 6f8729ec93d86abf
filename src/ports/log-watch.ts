/** What the log says of one topic now. */
export interface TopicFacts {
  /** Changes where the topic is deleted and created again; null where the log has no ids to tell. */
  readonly id: string | null;
  readonly partitions: number;
}

export interface LogFacts {
  /** Id of the cluster. */
  readonly cluster: string;
  /** By name; a topic that does not exist is absent. */
  readonly topics: ReadonlyMap<string, TopicFacts>;
}

/**
 * Looks at the log as a whole, at one price however many partitions there are. Not its business: what to do about a change.
 */
export interface LogWatch {
  /** Rejects where the log is away. */
  look(): Promise<LogFacts>;
  close(): Promise<void>;
}
