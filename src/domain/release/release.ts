/** What put a model into force, or changed the pin. Grows at the end: a newer program may store more of them, and readers show those as they are. */
export const RELEASE_ACTIONS = ['published', 'promoted', 'rolled-back', 'recalibrated', 'pinned', 'unpinned'] as const;
export type ReleaseAction = (typeof RELEASE_ACTIONS)[number];

/** Who announces a model, and why. */
export interface ReleaseChange {
  readonly action: ReleaseAction;
  /** A person as user@host, or `trainer`. Empty if it is unknown. */
  readonly by: string;
  /** For people. Empty if none was given: `note` has the figures. */
  readonly reason: string;
}

/** A change, and what the newest announcement alone must tell about the deployment. */
export interface Release extends ReleaseChange {
  /** True if the trainer must hold back its releases. */
  readonly pinned: boolean;
  /** Versions to roll back to, newest first. See {@link nextRelease}. */
  readonly earlier: readonly string[];
}

/** The part of an announcement that the next one depends on. */
export interface Released {
  readonly version: string;
  /** Missing in announcements of programs that did not record it. */
  readonly release?: Release;
}

/** What is in force before an announcement. */
export interface InForce {
  /** Null before the first announcement. */
  readonly version: string | null;
  readonly pinned: boolean;
  readonly earlier: readonly string[];
}

/** Longest list of earlier versions. It travels with each announcement, at about 15 bytes a version. */
export const MOST_EARLIER = 32;

/** For callers that name nobody. */
export const BY_NOBODY: ReleaseChange = { action: 'published', by: '', reason: '' };

/**
 * The release of `version` after what is in force now. The pin stays as it is, unless the change is about the pin.
 *
 * The earlier versions are a stack. A model that is put into force goes on top of the one before. A roll-back takes off everything down to
 * the version that it goes to. So the next roll-back goes further back, and never to a version that was rolled back from.
 */
export function nextRelease(before: InForce, version: string, change: ReleaseChange): Release {
  const { action } = change;
  const pinned = action === 'pinned' || (action !== 'unpinned' && before.pinned);
  return { ...change, pinned, earlier: earlierThan(before, version, action) };
}

function earlierThan({ version: replaced, earlier }: InForce, version: string, action: ReleaseAction): string[] {
  const goesBack = action === 'rolled-back' || action === 'pinned' || action === 'unpinned';
  if (goesBack) return earlier.slice(earlier.indexOf(version) + 1);
  // A recalibration stands for what it replaces, so a roll-back must pass over that one. Before the first announcement, that is the model
  // that the deployment started from.
  if (action === 'recalibrated' && replaced === null) return earlier.slice(1);
  const isSame = replaced === version || action === 'recalibrated';
  const all = isSame || replaced === null ? earlier : [replaced, ...earlier];
  return all.filter((other) => other !== version).slice(0, MOST_EARLIER);
}

/**
 * What is in force after the announcements, oldest first. `stored`: every stored version, oldest first. Those without an announcement
 * (the model that the deployment started from, and what compaction left) are taken for older than all others.
 */
export function inForceAfter(announced: readonly Released[], stored: readonly string[]): InForce {
  const withAnnouncement = new Set(announced.map(({ version }) => version));
  const older = stored.filter((version) => !withAnnouncement.has(version)).reverse();
  let inForce: InForce = { version: null, pinned: false, earlier: older.slice(0, MOST_EARLIER) };
  for (const { version, release } of announced) {
    const { earlier } = release ?? nextRelease(inForce, version, BY_NOBODY);
    // The newest announcement alone tells of the pin, so one without a release ends it.
    inForce = { version, pinned: release?.pinned ?? false, earlier };
  }
  return inForce;
}
