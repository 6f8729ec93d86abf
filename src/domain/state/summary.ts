import { boundedSum } from '../bounded-sum';
import { type CustomerEvent, SECONDS_PER_DAY } from '../event';
import { cleanDwellS } from './cleaning';

/** Half-lives, in days, of the decayed counts of clicks and of browses. */
export const DECAY_HALF_LIVES_DAYS = [1, 7, 30, 90] as const;
const HALF_LIVES = DECAY_HALF_LIVES_DAYS.length;

/** An instant before any event: "has not happened". */
export const NEVER_S = -1;

/**
 * A customer's whole past in O(1) memory. Events may come in any order, and events outside the kept window are not needed again. Every
 * update commutes exactly, with two exceptions. `voided` and `voidedMinor` are set from the window. `decayed` is rounded to float32 after
 * each step, so it depends a little on how the topics interleave.
 *
 * Bound for `decayed`: an event rounds a count at most twice, each time by at most 2^-24 of it. The terms are not negative. So a count of
 * n events (of all kinds) lies within 2n·2^-24 of the exact sum. To first order, two interleavings differ by at most 4n·2^-24 of it. That is
 * 1.4e-5 for 60 events. Rounding goes either way, so real differences are smaller: at most 4.8e-7 in 9,000 random orders of 60 events.
 *
 * Sums stop at MOST_SUM. Counts cannot pass the number of offsets, 2^53.
 */
export interface RunningSummary {
  /** Earliest and latest event time, seconds; NEVER_S before the first event. */
  firstSeenS: number;
  lastSeenS: number;
  /** Orders placed. Cancelled and voided orders stay in this count; they are also counted in `cancelled` or `voided`. */
  placed: number;
  cancelled: number;
  /** Cancellations with a value above 0, and their sum, minor units. */
  cancelledValued: number;
  cancelledMinor: number;
  refunds: number;
  /** Placed orders with a value above 0. Zero-value orders count as orders, but not in the value fit. */
  valued: number;
  firstOrderS: number;
  lastOrderS: number;
  /** Sum of the values of placed orders, and sum of refunds and cancellations. Integer minor units. */
  placedMinor: number;
  returnedMinor: number;
  /** Orders that were refunded in full within a day, and the sum of these refunds, minor units. See `voided-orders.ts`. */
  voided: number;
  voidedMinor: number;
  clicks: number;
  browses: number;
  /** Browses with a dwell time, and their total dwell in seconds, each value capped. */
  timedBrowses: number;
  dwellS: number;
  /** Reviews, reviews with stars, and the sum of the stars. */
  reviews: number;
  starred: number;
  stars: number;
  /** [clicks × 4 half-lives, browses × 4 half-lives], as of lastSeenS. In float32, as stored, so that a restart does not change a score. */
  decayed: Float32Array; // [8]
}

export function emptySummary(): RunningSummary {
  return {
    firstSeenS: NEVER_S,
    lastSeenS: NEVER_S,
    placed: 0,
    cancelled: 0,
    cancelledValued: 0,
    cancelledMinor: 0,
    refunds: 0,
    valued: 0,
    firstOrderS: NEVER_S,
    lastOrderS: NEVER_S,
    placedMinor: 0,
    returnedMinor: 0,
    voided: 0,
    voidedMinor: 0,
    clicks: 0,
    browses: 0,
    timedBrowses: 0,
    dwellS: 0,
    reviews: 0,
    starred: 0,
    stars: 0,
    decayed: new Float32Array(2 * HALF_LIVES),
  };
}

/** Weight that one count keeps after `days`, for half-life number i. */
export function decayFactor(i: number, days: number): number {
  return days === 0 ? 1 : 2 ** (-days / DECAY_HALF_LIVES_DAYS[i]!);
}

/** Adds one event to the summary, in place. */
export function addToSummary(summary: RunningSummary, event: CustomerEvent): void {
  const { timeS } = event;
  const decayFrom = summary.lastSeenS;
  if (summary.firstSeenS === NEVER_S || timeS < summary.firstSeenS) summary.firstSeenS = timeS;
  if (timeS > summary.lastSeenS) {
    if (decayFrom !== NEVER_S) advanceDecay(summary.decayed, (timeS - decayFrom) / SECONDS_PER_DAY);
    summary.lastSeenS = timeS;
  }
  switch (event.kind) {
    case 'order':
      summary.placed += 1;
      summary.placedMinor = boundedSum(summary.placedMinor, event.amountMinor);
      if (event.amountMinor > 0) summary.valued += 1;
      if (summary.firstOrderS === NEVER_S || timeS < summary.firstOrderS) summary.firstOrderS = timeS;
      if (timeS > summary.lastOrderS) summary.lastOrderS = timeS;
      break;
    case 'refund':
      summary.refunds += 1;
      summary.returnedMinor = boundedSum(summary.returnedMinor, event.amountMinor);
      break;
    case 'cancel':
      summary.cancelled += 1;
      summary.returnedMinor = boundedSum(summary.returnedMinor, event.amountMinor);
      summary.cancelledMinor = boundedSum(summary.cancelledMinor, event.amountMinor);
      if (event.amountMinor > 0) summary.cancelledValued += 1;
      break;
    case 'click':
      summary.clicks += 1;
      addDecayed(summary, 0, timeS);
      break;
    case 'browse':
      summary.browses += 1;
      summary.dwellS = boundedSum(summary.dwellS, cleanDwellS(event.dwellS));
      if (event.dwellS > 0) summary.timedBrowses += 1;
      addDecayed(summary, HALF_LIVES, timeS);
      break;
    case 'review':
      summary.reviews += 1;
      summary.stars = boundedSum(summary.stars, event.stars);
      if (event.stars > 0) summary.starred += 1;
      break;
  }
}

function advanceDecay(decayed: Float32Array, days: number): void {
  for (let i = 0; i < HALF_LIVES; i++) {
    const left = decayFactor(i, days);
    decayed[i]! *= left;
    decayed[HALF_LIVES + i]! *= left;
  }
}

function addDecayed(summary: RunningSummary, from: number, timeS: number): void {
  const days = (summary.lastSeenS - timeS) / SECONDS_PER_DAY;
  for (let i = 0; i < HALF_LIVES; i++) summary.decayed[from + i]! += decayFactor(i, days);
}

/** Placed orders less cancelled and voided ones, never below 0. */
export function netOrders(summary: RunningSummary): number {
  return Math.max(0, summary.placed - summary.cancelled - summary.voided);
}

/** Number and sum (minor units) of the net orders with a value above 0. Order values are estimated from them. */
export function netValue(summary: RunningSummary): { readonly valued: number; readonly minor: number } {
  const valued = summary.valued - summary.cancelledValued - summary.voided;
  const minor = summary.placedMinor - summary.cancelledMinor - summary.voidedMinor;
  // Guards against a cancellation of an order from before the history.
  return valued > 0 && minor > 0 ? { valued, minor } : { valued: 0, minor: 0 };
}

/** Mean days between orders; null for fewer than two orders. */
export function meanGapDays(summary: RunningSummary): number | null {
  if (summary.placed < 2) return null;
  return (summary.lastOrderS - summary.firstOrderS) / SECONDS_PER_DAY / (summary.placed - 1);
}
