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

/** An announcement that was made current. */
export interface CurrentModel extends ModelAnnouncement {
  /** Its place in the order of the announcements: a later one has a higher number. The log assigns it (an offset), so no two are equal. */
  readonly sequence: number;
}

export interface ModelRegistry {
  /** Stores the artefact under its version, then makes it current. */
  publish(announcement: ModelAnnouncement): Promise<void>;
  /** Stores the artefact under its version if it is missing. The current one stays. */
  keep(announcement: ModelAnnouncement): Promise<void>;
  /** The current one, or null. */
  current(): Promise<CurrentModel | null>;
  /** Every stored announcement, by version. Compaction keeps one per version. */
  versions(): Promise<ReadonlyMap<string, ModelAnnouncement>>;
  /**
   * Calls back with the current announcement and with later ones until the signal aborts. It never calls back with an earlier one, and of
   * several that arrive together with the newest only. So a process that starts does not pass through models that were replaced long ago.
   */
  watchCurrent(onCurrent: (current: CurrentModel) => void, signal: AbortSignal): Promise<void>;
  /** Calls back with every announcement that was made current and is still stored, oldest first, and with every later one. */
  watchHistory(onAnnouncement: (announcement: CurrentModel) => void, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
