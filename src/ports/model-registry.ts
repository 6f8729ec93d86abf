/** An announcement of a model with its artefact. The model registry stores it by version, and one as `current`. */
export interface ModelAnnouncement {
  /** Digest of the artefact. */
  readonly version: string;
  readonly artefact: Uint8Array;
  /** ms since the epoch. */
  readonly announcedAtMs: number;
  /** Reason for the promotion: one sentence with figures. */
  readonly note: string;
}

export interface ModelRegistry {
  /** Stores the artefact under its version, then makes it current. */
  publish(announcement: ModelAnnouncement): Promise<void>;
  /** Stores the artefact under its version if it is missing. The current one stays. */
  keep(announcement: ModelAnnouncement): Promise<void>;
  /** The current one, or null. */
  current(): Promise<ModelAnnouncement | null>;
  /** Every stored announcement, by version. Compaction keeps one per version. */
  versions(): Promise<ReadonlyMap<string, ModelAnnouncement>>;
  /** Calls back with the current announcement and with every later one until the signal aborts. */
  watch(onAnnouncement: (announcement: ModelAnnouncement) => void, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
