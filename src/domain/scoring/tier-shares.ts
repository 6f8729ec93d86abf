import type { TierCuts } from './tier-cuts';

/** Shares of the customers below each cut of the 365-day CLV: 50 % are bronze, 30 % silver, 15 % gold, 5 % platinum. */
export const TIER_SHARES = [0.5, 0.8, 0.95] as const;

/** With fewer customers the shares mean nothing. */
export const LEAST_CUSTOMERS = 10;
/** Customers that may be in the wrong tier without a new release: a few strange records, whatever their values. */
const FEW_CUSTOMERS = 5;
/** In a small shop a few are a large share of it, so fewer may be wrong. */
const FEW_SHARE = 0.05;
/** The same as a share of the customers that belong above a cut. */
const WRONG_SHARE = 0.1;
/** Cuts that differ by less than this share are the same for any use. It is below the margin of {@link TierCuts}. */
const LEAST_MOVE = 0.02;

type Cuts = TierCuts['cuts'];

/** How many of `customers` belong above each cut. At least one, so that each tier exists. */
function wantedAbove(customers: number): number[] {
  return TIER_SHARES.map((below) => Math.max(1, Math.round((1 - below) * customers)));
}

/**
 * Cuts that give each tier its share of these values. A cut is the highest value that does not pass it. So one absurd value moves no
 * cut further than to the next customer. `sorted`: ascending, at least {@link LEAST_CUSTOMERS}.
 */
export function cutsOf(sorted: readonly number[]): Cuts {
  return wantedAbove(sorted.length).map((above) => sorted[sorted.length - 1 - above]!) as unknown as Cuts;
}

/** Whether more customers than a few are above or below a cut than belong there. */
export function sharesAreOff(sorted: readonly number[], cuts: Cuts): boolean {
  const few = Math.min(FEW_CUSTOMERS, FEW_SHARE * sorted.length);
  return wantedAbove(sorted.length).some((wanted, i) => {
    const above = sorted.length - upTo(sorted, cuts[i]!);
    return Math.abs(above - wanted) > Math.max(1, few, WRONG_SHARE * wanted);
  });
}

/** The share of these values in each tier, lowest first; zeros without a value. `values` in any order. */
export function tierShares(values: readonly number[], cuts: Cuts): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const ends = [...cuts.map((cut) => upTo(sorted, cut)), sorted.length];
  return ends.map((end, i) => (end - (ends[i - 1] ?? 0)) / Math.max(1, sorted.length));
}

/**
 * Cuts to release, or null if those in force still give each tier its share. `values`: the newest score of each customer, in any order.
 * `inForce`: null before the first release.
 */
export function nextCuts(values: readonly number[], inForce: Cuts | null): Cuts | null {
  if (values.length < LEAST_CUSTOMERS) return null;
  const sorted = [...values].sort((a, b) => a - b);
  if (inForce !== null && !sharesAreOff(sorted, inForce)) return null;
  const cuts = cutsOf(sorted);
  return inForce !== null && cuts.every((cut, i) => isNear(cut, inForce[i]!)) ? null : cuts;
}

function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= LEAST_MOVE * Math.max(a, b);
}

/** Number of ascending values that are at most `limit`. */
function upTo(sorted: readonly number[], limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
