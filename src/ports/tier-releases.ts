import type { TierCuts } from '../domain/scoring/tier-cuts';

/** Cuts as they were released: a record of their own in the log. */
export interface TierRelease extends TierCuts {
  /** Number of customers whose scores gave the cuts. */
  readonly customers: number;
  /** ms since the epoch. */
  readonly releasedAtMs: number;
}

/** Carries the tier cuts from the trainer to the scorers, the api and the audit. A release is kept for ever, because updates name it. */
export interface TierReleases {
  publish(release: TierRelease): Promise<void>;
  /** All releases by version. */
  versions(): Promise<ReadonlyMap<string, TierRelease>>;
  /** The newest one, or null. */
  current(): Promise<TierRelease | null>;
  /** Calls back with the newest one, if there is one, and with later ones until the signal aborts. */
  watch(onRelease: (release: TierRelease) => void, signal: AbortSignal): Promise<void>;
}
