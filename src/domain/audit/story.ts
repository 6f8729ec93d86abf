import type { PublishedValue } from '../state/sequence-state';

/** What the updates before said of a customer, and how far the input bears them out. */
export interface Story {
  last: PublishedValue | null;
  /** The last update of an event: after a roll-back a clock update may be missing from the state. */
  lastOfEvent: PublishedValue | null;
  /** Offset of the last tick that re-scored the customer. */
  lastTick: number;
  /** False once the counts could not be followed, or where the beginning of the input is gone. */
  followed: boolean;
  misses: number;
  /** An event came late, so that the window may depend on when it came. */
  late: boolean;
  /** The order of folding across topics is not told, and figures may rest on it. */
  unclear: boolean;
  /** The profile in force is gone from its compacted topic. */
  profileUnknown: boolean;
}

export function emptyStory(): Story {
  return {
    last: null,
    lastOfEvent: null,
    lastTick: -1,
    followed: true,
    misses: 0,
    late: false,
    unclear: false,
    profileUnknown: false,
  };
}
