import type { Random } from '../../domain/math/random';
import { NEVER_S } from '../../domain/state/summary';
import { dropOldest, type EventWindow, kindOf } from '../../domain/state/window';

/** How training examples are varied from pass to pass: the kept events only, never the summary or the label. Chances, 0…1. */
export interface Augmentation {
  /** That the oldest kept events are gone, as if the window start had moved: any number of them, one at least stays. */
  readonly crop: number;
  /** That clicks and browses are missing, as where a shop does not see all of them: each with a chance of the example's own. */
  readonly drop: number;
}

export const NO_AUGMENTATION: Augmentation = { crop: 0, drop: 0 };
/** What `--augment` switches on. */
export const DEFAULT_AUGMENTATION: Augmentation = { crop: 0.3, drop: 0.3 };

/** The window as one pass sees it: the given one itself where nothing is done to it, else a copy. */
export function varied(window: EventWindow, { crop, drop }: Augmentation, random: Random): EventWindow {
  let seen = window;
  if (drop > 0 && random() < drop) seen = withoutSome(seen, random);
  if (crop > 0 && random() < crop && seen.events.length > 1) {
    seen = { start: { ...seen.start }, events: [...seen.events] };
    dropOldest(seen, 1 + Math.floor(random() * (seen.events.length - 1)));
  }
  return seen;
}

/** First seen stays where it was: the summary goes on counting from there. */
function withoutSome({ start, events }: EventWindow, random: Random): EventWindow {
  const chance = random();
  const firstSeenS = start.firstSeenS === NEVER_S && events.length > 0 ? events[0]!.timeS : start.firstSeenS;
  const kept = events.filter((event) => {
    const kind = kindOf(event);
    return (kind !== 'click' && kind !== 'browse') || random() >= chance;
  });
  return { start: { ...start, firstSeenS }, events: kept };
}
