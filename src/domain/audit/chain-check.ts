import type { PublishedValue } from '../state/sequence-state';
import type { ClvUpdate } from '../update';

/** The customer's earlier updates that this one may follow. */
export interface Predecessors {
  /** The one directly before in the log; null before the first. */
  readonly last: PublishedValue | null;
  /** The last one of an event. After a roll-back, a clock update may be missing from the state. */
  readonly lastOfEvent: PublishedValue | null;
}

export interface Link {
  /** The update differs from the one before by one event, one tick or one profile. */
  readonly single: boolean;
  /** No event of the customer was folded before. */
  readonly first: boolean;
  /** Newest event time among the events that the update includes for the first time, seconds. null if there are none. */
  readonly latestS: number | null;
  /** Newest event time of the whole state, seconds. null if the state cannot be followed. */
  readonly lastSeenS: number | null;
  /** Some state was rolled back before, according to the log. */
  readonly rolledBack: boolean;
  /** Emission `every`: each update covers one event. */
  readonly every: boolean;
  /** The state may have lost its tier since the update before. */
  readonly mayLackTier: boolean;
  readonly isTickTime: (timeS: number) => boolean;
}

/** The updates that this one may follow. */
export function candidates({ last, lastOfEvent }: Predecessors, rolledBack: boolean): PublishedValue[] {
  const both = rolledBack ? [last, lastOfEvent] : [last];
  return both.filter((each) => each !== null);
}

/** Checks an update against the ones before it. Returns the names of the fields that contradict them. */
export function chainFaults(update: ClvUpdate, before: Predecessors, link: Link): string[] {
  return [
    ...timeFaults(update, before, link),
    ...valueFaults(update, before, link),
    ...tierFaults(update, before, link),
  ];
}

function timeFaults(update: ClvUpdate, before: Predecessors, link: Link): string[] {
  const { asOfS, refolded, trigger } = update;
  const { single, every, first, latestS, lastSeenS } = link;
  const earlier = candidates(before, link.rolledBack);
  const falls = !refolded && earlier.length > 0 && earlier.every((each) => asOfS < each.asOfS);
  if (falls || (lastSeenS !== null && asOfS < lastSeenS)) return ['asOf'];
  if (trigger === 'clock') return [];
  if (single && every && !refolded && (first || earlier.length > 0)) {
    const expected = first ? [latestS] : earlier.map((each) => Math.max(each.asOfS, latestS ?? each.asOfS));
    return expected.includes(asOfS) ? [] : ['asOf'];
  }
  // If the update covers several events or ticks, its time is the time of one of them.
  const known = asOfS === lastSeenS || asOfS === before.last?.asOfS || link.isTickTime(asOfS);
  return lastSeenS === null || known ? [] : ['asOf'];
}

function valueFaults(update: ClvUpdate, before: Predecessors, link: Link): string[] {
  const { change, refolded, modelVersion, asOfS } = update;
  const { single, every, first, rolledBack } = link;
  if (refolded || (every && !single)) return [];
  if (first) {
    // Among several events, the later ones may have come after a silence or under another model.
    const moved = every && (change.model !== 0 || change.silence !== 0);
    return change.previous === 0 && !moved ? [] : ['previousValue'];
  }
  const earlier = candidates(before, rolledBack);
  if (earlier.length === 0) return [];
  const faults: string[] = [];
  if (earlier.every((each) => each.value !== change.previous)) faults.push('previousValue');
  if (!every || rolledBack) return faults;
  const [last] = earlier;
  if (last!.modelVersion === modelVersion && change.model !== 0) faults.push('modelEffect');
  if (last!.asOfS === asOfS && change.silence !== 0) faults.push('silenceEffect');
  return faults;
}

/** Of several events in one update, the tier before the last one is in no record. */
function tierFaults(update: ClvUpdate, before: Predecessors, link: Link): string[] {
  const { single, every, first, rolledBack, mayLackTier } = link;
  const { tierCuts, previousTier, refolded } = update;
  if (tierCuts === '' || refolded || !every || !single || (mayLackTier && previousTier === null)) return [];
  const earlier = first ? [] : candidates(before, rolledBack);
  if (!first && earlier.length === 0) return [];
  const expected = first ? [null] : earlier.map(({ tier }) => tier ?? null);
  return expected.includes(previousTier) ? [] : ['previousTier'];
}
