import { SECONDS_PER_DAY } from './event';
import type { ClvUpdate } from './update';

/** Event time of the latest order, whole seconds since the epoch; null without one. */
export function lastOrderS({ asOfS, history }: ClvUpdate): number | null {
  const days = history.daysSinceLastOrder;
  return days === null ? null : Math.round(asOfS - days * SECONDS_PER_DAY);
}
