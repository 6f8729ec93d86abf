import { SECONDS_PER_DAY } from '../event';
import type { CustomerHistory } from './customer-history';

/** Shortest label window that is used, days. */
export const LEAST_WINDOW_DAYS = 7;

/** The horizon, or half of the history if that is shorter; whole days. */
export function labelWindow(histories: readonly CustomerHistory[], asOfS: number, horizonDays: number): number {
  const firstS = histories.reduce((least, { firstSeenS }) => Math.min(least, firstSeenS), asOfS);
  return Math.min(horizonDays, Math.floor((asOfS - firstS) / SECONDS_PER_DAY / 2));
}
