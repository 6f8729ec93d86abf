import { statesBefore } from '../../../domain/blend/network-model';
import { type CustomerEvent, isMoneyKind, SECONDS_PER_DAY } from '../../../domain/event';
import { INTERVAL_EDGES_DAYS } from '../../../domain/label-intervals';
import { addToTally, emptyTally, labelOf } from '../../../domain/labels/origins';
import { type Example, exampleInputs } from '../../../domain/scoring/example';
import type { ModelSettings } from '../../../domain/scoring/model';

/** A cut: events before it are for training, and the window after it is for judging. */
export interface Split {
  readonly cutS: number;
  readonly windowDays: number;
}

/** Bounds of the window, days. A shorter one is noisy, a longer one leaves too little to train on. */
const LEAST_WINDOW_DAYS = 7;
const MOST_WINDOW_DAYS = 90;

/** The history is too short for the number of splits. */
export class TooShortForFoldsError extends Error {}

/**
 * Rolling origins: `count` consecutive windows of equal length up to the end of the history. Each judges a model trained before it.
 * The length is the longest interval edge that leaves the first split at least as much time for training as for judging.
 */
export function rollingSplits(firstS: number, endS: number, count: number): Split[] {
  const days = (endS - firstS) / SECONDS_PER_DAY;
  const windowDays =
    INTERVAL_EDGES_DAYS.findLast((edge) => edge <= MOST_WINDOW_DAYS && (count + 1) * edge <= days) ?? 0;
  if (windowDays < LEAST_WINDOW_DAYS) {
    const needed = (count + 1) * LEAST_WINDOW_DAYS;
    throw new TooShortForFoldsError(
      `a search with ${count} splits needs ${needed} days of history, and there are ${Math.floor(days)}`,
    );
  }
  return Array.from({ length: count }, (_, i) => ({
    cutS: endS - (count - i) * windowDays * SECONDS_PER_DAY,
    windowDays,
  }));
}

/** All customers with an event before the cut, with their state at the cut and the label of the split's window. `events` in event-time order. */
export function splitExamples(
  events: readonly CustomerEvent[],
  { cutS, windowDays }: Split,
  settings: ModelSettings,
): Example[] {
  // Events in the second of an origin belong to its past, so the origin is the last second before the cut.
  const atS = cutS - 1;
  const endS = cutS + windowDays * SECONDS_PER_DAY;
  const origins = new Map(
    [...statesBefore(events, cutS, settings.window)].map(([id, state]) => [id, { atS, state, tally: emptyTally() }]),
  );
  for (const event of events) {
    if (event.timeS < cutS || event.timeS >= endS || !isMoneyKind(event.kind)) continue;
    const origin = origins.get(event.customerId);
    if (origin) addToTally(origin, event, event.timeS);
  }
  return [...origins.values()].map((origin) => ({
    ...exampleInputs(origin.state, atS, settings),
    label: labelOf(origin, endS),
  }));
}
