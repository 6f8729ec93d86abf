import { expectedOrders } from '../distribution/order-curve';
import { SECONDS_PER_DAY } from '../event';
import { INTERVAL_EDGES_DAYS } from '../label-intervals';
import { blendCurves } from '../scoring/blend';
import type { BlendChoice } from './blend-choice';
import type { StreamRow } from './stream-row';

/** A label interval that has ended, of one forecast origin. */
export interface EndedInterval {
  /** Order segment at the origin. */
  readonly segment: number;
  /** End of the interval, days after the origin. */
  readonly endDays: number;
  /** Days since the interval ended. */
  readonly agoDays: number;
  /** Orders in it that the blend expected, before the level. */
  readonly expected: number;
  readonly orders: number;
}

/** Later intervals say how the curve bends, not how much is ordered now. */
const COUNTED_DAYS = 30;

/** The label intervals of all rows that have ended, up to COUNTED_DAYS after their origin. */
export function endedIntervals(rows: readonly StreamRow[], choice: BlendChoice, clockS: number): EndedInterval[] {
  const ended: EndedInterval[] = [];
  for (const row of rows) {
    const { segment, represents } = row;
    const curve = blendCurves(row.networkCurve, row.btydCurve, choice.networkShares[segment]!);
    let before = 0;
    for (let k = 0; k < row.closedIntervals; k++) {
      const endDays = INTERVAL_EDGES_DAYS[k + 1]!;
      if (endDays > COUNTED_DAYS) break;
      const until = expectedOrders(curve, endDays);
      const agoDays = Math.max(0, (clockS - row.atS) / SECONDS_PER_DAY - endDays);
      const orders = represents * row.intervalOrders[k]!;
      ended.push({ segment, endDays, agoDays, expected: represents * (until - before), orders });
      before = until;
    }
  }
  return ended;
}

/** Days after which an ended interval counts 1/e in the level. The first one, 0, stands for no correction: the blend's own total. */
const MEMORIES_DAYS = [0, 112, 56, 28, 14, 7] as const;
/** With fewer judged weeks, the memory is not chosen but given. */
const LEAST_WEEKS = 2;
/** Judged weeks, from now back. Their weight falls by a factor of e in WEEKS_KEPT. */
const MOST_WEEKS = 16;
const WEEKS_KEPT = 4;
/** Longer intervals began too long ago: after a change they are still half of the time before. */
const LEVEL_DAYS = 14;
/** Expected orders without which a week judges nothing. */
const LEAST_EXPECTED = 20;
/** Variance of a week's total beyond that of a Poisson, as a share of its square: 5 % of the total. */
const PASSING = 0.05 ** 2;
/** The level starts from the blend's own total: this many expected orders pull it to 1. */
const PRIOR_ORDERS = 10;
/** The level stays within these bounds. */
export const LEVEL_BOUNDS = [0.1, 10] as const;

/** How a correction is chosen. */
interface Rule {
  /** Nats by which it must beat none. */
  readonly leastGain: number;
  /** Its memory as long as too few weeks can judge. */
  readonly firstMemoryDays: number;
}

const OF_BLEND: Rule = { leastGain: 1, firstMemoryDays: 28 };
/**
 * The network keeps its correction, and the next one starts from there. So it needs no threshold, under which an error would stay for good, and
 * it waits in the first weeks: what the first customers order passes.
 */
const OF_NETWORK: Rule = { leastGain: 0, firstMemoryDays: 0 };

/**
 * Orders that came ÷ orders that the blend expected, lately. How lately is chosen by what would have predicted the last weeks best: each
 * past week is predicted from the intervals that had ended before it. So a lasting change is followed within two weeks, and a passing one
 * is not chased.
 */
export function recentLevel(intervals: readonly EndedInterval[]): number {
  return levelBy(OF_BLEND, intervals);
}

/** The same for the network alone: `intervals` with what it expected. */
export function recentNetworkLevel(intervals: readonly EndedInterval[]): number {
  return levelBy(OF_NETWORK, intervals);
}

function levelBy({ leastGain, firstMemoryDays }: Rule, intervals: readonly EndedInterval[]): number {
  const losses: number[] = MEMORIES_DAYS.map((memory) => (memory === 0 ? 0 : leastGain));
  let judged = 0;
  for (let week = 0; week < MOST_WEEKS; week++) {
    const [expected, orders] = newestQuestions(intervals, 7 * week);
    if (expected < LEAST_EXPECTED) continue;
    judged++;
    const size = (Math.exp(-week / WEEKS_KEPT) * expected) / (1 + PASSING * expected);
    MEMORIES_DAYS.forEach((memory, i) => {
      const level = levelWith(intervals, memory, 7 * (week + 1));
      losses[i]! += size * (level - (orders / expected) * Math.log(level));
    });
  }
  const best = MEMORIES_DAYS[losses.indexOf(Math.min(...losses))]!;
  return levelWith(intervals, judged < LEAST_WEEKS ? firstMemoryDays : best, 0);
}

/** The level from intervals that ended at least `agoDays` ago. */
function levelWith(intervals: readonly EndedInterval[], memoryDays: number, agoDays: number): number {
  if (memoryDays === 0) return 1;
  let [expected, orders]: [number, number] = [PRIOR_ORDERS, PRIOR_ORDERS];
  for (const interval of intervals) {
    const before = interval.agoDays - agoDays;
    if (before < 0 || interval.endDays > LEVEL_DAYS) continue;
    const weight = Math.exp(-before / memoryDays);
    expected += weight * interval.expected;
    orders += weight * interval.orders;
  }
  const [least, most] = LEVEL_BOUNDS;
  return Math.min(most, Math.max(least, orders / expected));
}

/** Expected orders and orders of the questions of one week whose first seven days ended within the week before `agoDays`. */
function newestQuestions(intervals: readonly EndedInterval[], agoDays: number): [expected: number, orders: number] {
  let [expected, orders] = [0, 0];
  for (const interval of intervals) {
    if (interval.endDays > 7 || interval.agoDays < agoDays || interval.agoDays >= agoDays + 7) continue;
    expected += interval.expected;
    orders += interval.orders;
  }
  return [expected, orders];
}
