/** Where weights reach every machine: an artefact inside its announcement, keyed by version, plus `current`. */
export interface ModelAnnouncement {
  /** Digest of the artefact. */
  readonly version: string;
  readonly artefact: Uint8Array;
  /** ms since the epoch. */
  readonly announcedAtMs: number;
  /** Why it was promoted, one sentence with its figures. */
  readonly note: string;
}

export interface ModelRegistry {
  /** Stores the artefact under its version, then makes it current. */
  publish(announcement: ModelAnnouncement): Promise<void>;
  /** Stores the artefact under its version unless it is there; the current one stays. */
  keep(announcement: ModelAnnouncement): Promise<void>;
  /** The current one, or null. */
  current(): Promise<ModelAnnouncement | null>;
  /** Every announcement that is kept, by version; a compacted registry keeps one of each. */
  versions(): Promise<ReadonlyMap<string, ModelAnnouncement>>;
  /** Calls back with the current one and every later one until the signal aborts. */
  watch(onAnnouncement: (announcement: ModelAnnouncement) => void, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
