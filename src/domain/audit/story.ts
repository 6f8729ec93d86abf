import type { PublishedValue } from '../state/sequence-state';

/** Summary of a customer's earlier updates, and how far the input confirms them. */
export interface Story {
  last: PublishedValue | null;
  /** The last update of an event. After a roll-back, a clock update may be missing from the state. */
  lastOfEvent: PublishedValue | null;
  /** Position of the last update in the log; −1 for none. */
  lastAt: number;
  /** Offset of the last tick that re-scored the customer. */
  lastTick: number;
  /** False once the counts could not be followed, or if the beginning of the input is gone. */
  followed: boolean;
  misses: number;
  /** An event came late. The window may then depend on when it arrived. */
  late: boolean;
  /** The fold order across topics is unknown, and figures may depend on it. */
  unclear: boolean;
  /** Compaction has removed the profile that was in force. */
  profileUnknown: boolean;
}

export function emptyStory(): Story {
  return {
    last: null,
    lastOfEvent: null,
    lastAt: -1,
    lastTick: -1,
    followed: true,
    misses: 0,
    late: false,
    unclear: false,
    profileUnknown: false,
  };
}
