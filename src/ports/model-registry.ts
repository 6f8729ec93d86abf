import type { Release, ReleaseChange } from '../domain/release/release';

/** An announcement of a model with its artefact. The model registry stores it by version, and one as `current`. */
export interface ModelAnnouncement {
  /** Digest of the artefact. */
  readonly version: string;
  readonly artefact: Uint8Array;
  /** ms since the epoch. */
  readonly announcedAtMs: number;
  /** What is recorded about the model: one sentence with figures, such as the gate's. */
  readonly note: string;
  /** How it was put into force. Missing if it never was, or if an earlier program did it. */
  readonly release?: Release;
}

/** An announcement that was made current. */
export interface CurrentModel extends ModelAnnouncement {
  /** Its place in the order of the announcements: a later one has a higher number. The log assigns it (an offset), so no two are equal. */
  readonly sequence: number;
}

/** Without its artefact: a topic may hold thousands of announcements, and {@link ModelRegistry.versions} has the artefacts. */
export type PastModel = Omit<CurrentModel, 'artefact'>;

export interface ModelRegistry {
  /**
   * Stores the artefact under its version, then makes it current. The registry completes the change to a release: pin and earlier versions
   * follow from what was in force before. Default: published by nobody.
   */
  publish(announcement: ModelAnnouncement, change?: ReleaseChange): Promise<void>;
  /** Stores the artefact under its version if it is missing. The current one stays. */
  keep(announcement: ModelAnnouncement): Promise<void>;
  /** The current one, or null. */
  current(): Promise<CurrentModel | null>;
  /** The last stored announcement of each version, oldest first. Compaction keeps one per version. */
  versions(): Promise<ReadonlyMap<string, ModelAnnouncement>>;
  /** Every announcement that was made current after this sequence and is still stored, oldest first. Default: all of them. */
  history(afterSequence?: number): Promise<readonly PastModel[]>;
  /**
   * Calls back with the current announcement and with later ones until the signal aborts. It never calls back with an earlier one, and of
   * several that arrive together with the newest only. So a process that starts does not pass through models that were replaced long ago.
   */
  watchCurrent(onCurrent: (current: CurrentModel) => void, signal: AbortSignal): Promise<void>;
  /** Calls back with every announcement that was made current and is still stored, oldest first, and with every later one. */
  watchHistory(onAnnouncement: (announcement: CurrentModel) => void, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
