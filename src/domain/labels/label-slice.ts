import { INPUT_ROLES } from '../event';
import { NEVER_S } from '../state/summary';
import { emptyCounters, type LabelChanges } from './label-progress';

/** All that changed in the labels of a partition in one day of event time. Its clock is the end of that day. */
export interface LabelSlice {
  readonly changes: LabelChanges;
  /** Event time up to which the partition had been read, seconds; NEVER_S if no time can be derived. */
  readonly readUntilS: number;
}

/** What the owner of a partition reports in addition to the slices. */
export interface LabelReport {
  /** Event time of the first event, seconds; null as long as there is none. */
  readonly firstS: number | null;
  /** As in {@link LabelSlice}. */
  readonly readUntilS: number;
}

/** The labels of a partition of which nothing was read. */
export function nothingYet(partition: number): LabelChanges {
  return {
    partition,
    topics: INPUT_ROLES.map(() => ({ nextOffset: 0, latestS: NEVER_S })),
    clockS: NEVER_S,
    counters: emptyCounters(),
    states: new Map(),
    ...{ pendingAdded: [], pendingTaken: [], originsOpened: [], originsTouched: [], originsDropped: [] },
    ...{ scoresJudged: [], scoresForgotten: [] },
  };
}
