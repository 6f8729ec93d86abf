import type { Random } from '../../domain/math/random';
import { NEVER_S } from '../../domain/state/summary';
import { dropOldest, type EventWindow, kindOf } from '../../domain/state/window';

/** Random variation of the training examples in each pass. It changes the window only, never the summary or the label. Probabilities. */
export interface Augmentation {
  /** The oldest events of the window are removed, as if the window start had moved. Their number is random; at least one stays. */
  readonly crop: number;
  /** Some clicks and browses are removed, as in a shop that does not track all of them. Each example draws its own removal rate. */
  readonly drop: number;
}

export const NO_AUGMENTATION: Augmentation = { crop: 0, drop: 0 };
/** The values of `--augment`. */
export const DEFAULT_AUGMENTATION: Augmentation = { crop: 0.3, drop: 0.3 };

/** The window for one pass: a copy if it was changed, else `window` itself. */
export function varied(window: EventWindow, { crop, drop }: Augmentation, random: Random): EventWindow {
  let seen = window;
  if (drop > 0 && random() < drop) seen = withoutSome(seen, random);
  if (crop > 0 && random() < crop && seen.events.length > 1) {
    seen = { start: { ...seen.start }, events: [...seen.events] };
    dropOldest(seen, 1 + Math.floor(random() * (seen.events.length - 1)));
  }
  return seen;
}

/** Keeps the time of the first event, because the summary counts from it. */
function withoutSome({ start, events }: EventWindow, random: Random): EventWindow {
  const chance = random();
  const firstSeenS = start.firstSeenS === NEVER_S && events.length > 0 ? events[0]!.timeS : start.firstSeenS;
  const kept = events.filter((event) => {
    const kind = kindOf(event);
    return (kind !== 'click' && kind !== 'browse') || random() >= chance;
  });
  return { start: { ...start, firstSeenS }, events: kept };
}
