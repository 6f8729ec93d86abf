import { boundedSum } from '../bounded-sum';
import { type CustomerEvent, SECONDS_PER_DAY } from '../event';
import { INTERVAL_EDGES_DAYS, INTERVALS } from '../label-intervals';
import { hashUnit } from '../math/hash';
import type { StoredScore } from '../prequential/judged-score';
import type { OriginLabel } from '../scoring/example';

/** What a customer did in each interval after a forecast origin. Only closed intervals may be used. Money in minor units. */
export interface IntervalTally {
  readonly orders: number[]; // [INTERVALS]
  readonly valuedOrders: number[]; // [INTERVALS]
  readonly orderedMinor: number[]; // [INTERVALS]
  /** Refunds and cancellations dated in the interval. */
  readonly returnedMinor: number[]; // [INTERVALS]
  /** Number of intervals that were closed when this origin was last trained on. */
  trainedIntervals: number;
  /** Number of horizons, from the start of PREQUENTIAL_HORIZONS_DAYS, at which the score was judged. */
  judged: number;
  /** True while the origin is in the reservoir. */
  sampled: boolean;
  /** Nothing after this instant was counted, seconds. null while the origin is open. */
  endedAtS: number | null;
}

/** A forecast origin: one customer's state at one instant, and what happened since. */
export interface Origin {
  readonly customerId: string;
  /**
   * Event time of the origin, whole seconds. Everything up to and including it is in the snapshot, everything after it in the intervals.
   */
  readonly atS: number;
  /** The encoded state (window and summary) as of `atS`. It includes the window, because a changed encoder must replay it. */
  readonly snapshot: Uint8Array;
  /** By orders at the origin; see {@link ORDER_SEGMENTS}. */
  readonly segment: number;
  /** The champion's score at the origin. It is judged when the label matures (prequential) and never computed again. */
  readonly score: StoredScore | null;
  readonly tally: IntervalTally;
}

export type OriginKey = Pick<Origin, 'customerId' | 'atS'>;

export function emptyTally(): IntervalTally {
  const zeros = () => new Array<number>(INTERVALS).fill(0);
  return {
    orders: zeros(),
    valuedOrders: zeros(),
    orderedMinor: zeros(),
    returnedMinor: zeros(),
    trainedIntervals: 0,
    judged: 0,
    sampled: false,
    endedAtS: null,
  };
}

/** By event time, then customer: the order in which origins are opened. */
export function compareOrigins(a: OriginKey, b: OriginKey): number {
  return a.atS - b.atS || (a.customerId < b.customerId ? -1 : a.customerId > b.customerId ? 1 : 0);
}

/** When an interval closes, seconds: interval k covers (edge k, edge k+1] days after the origin. */
export function intervalEndS(atS: number, interval: number): number {
  return atS + INTERVAL_EDGES_DAYS[interval + 1]! * SECONDS_PER_DAY;
}

/** Number of closed intervals at the label clock `clockS`, seconds: those that end before it, and before the origin was ended. */
export function closedIntervals(
  origin: { readonly atS: number; readonly tally: IntervalTally },
  clockS: number,
): number {
  const untilS = origin.tally.endedAtS === null ? clockS : Math.min(clockS, origin.tally.endedAtS);
  let closed = 0;
  while (closed < INTERVALS && intervalEndS(origin.atS, closed) < untilS) closed++;
  return closed;
}

/** Counts an event into the interval of its event time. Returns false if that interval is already closed at the event's turn (too late). */
export function addToTally(origin: Pick<Origin, 'atS' | 'tally'>, event: CustomerEvent, atTurnS: number): boolean {
  const interval = INTERVAL_EDGES_DAYS.findIndex((_, k) => k < INTERVALS && event.timeS <= intervalEndS(origin.atS, k));
  if (interval < 0 || event.timeS <= origin.atS) return true;
  if (intervalEndS(origin.atS, interval) < atTurnS) return false;
  const { tally } = origin;
  if (event.kind === 'order') {
    tally.orders[interval]! += 1;
    tally.orderedMinor[interval] = boundedSum(tally.orderedMinor[interval]!, event.amountMinor);
    if (event.amountMinor > 0) tally.valuedOrders[interval]! += 1;
  } else tally.returnedMinor[interval] = boundedSum(tally.returnedMinor[interval]!, event.amountMinor);
  return true;
}

/**
 * The label, as far as it has matured at `clockS`. `mostMinor`: an order counts with this amount at most, minor units. A tally has the sum
 * of an interval only, so the cap acts on its mean.
 */
export function labelOf(
  origin: { readonly atS: number; readonly tally: IntervalTally },
  clockS: number,
  mostMinor = Number.POSITIVE_INFINITY,
): OriginLabel {
  const { tally } = origin;
  const closed = closedIntervals(origin, clockS);
  const sum = (values: readonly number[]) => values.slice(0, closed).reduce((a, b) => a + b, 0);
  const orderedMinor = sum(
    tally.orderedMinor.map((minor, k) => (minor === 0 ? 0 : Math.min(minor, mostMinor * tally.valuedOrders[k]!))),
  );
  return {
    closedIntervals: closed,
    orders: tally.orders.map((orders, k) => (k < closed ? orders : 0)),
    orderedMinor,
    valuedOrders: sum(tally.valuedOrders),
    spendMinor: Math.max(0, orderedMinor - sum(tally.returnedMinor)),
  };
}

/**
 * The customer's first origin at or after `fromS`. There is one per period, at a place drawn by hash. Events have no influence, so
 * origins are not always right after an order. Silent customers get as many as busy ones.
 */
export function nextOriginS(customerId: string, fromS: number, everyDays: number): number {
  const periodS = everyDays * SECONDS_PER_DAY;
  for (let k = Math.floor(fromS / periodS); ; k++) {
    const atS = Math.floor((k + hashUnit(customerId, k)) * periodS);
    if (atS >= fromS) return atS;
  }
}

const GATE_SALT = 0x6a7e;
const PRIORITY_SALT = 0x5eed;

/** Gate customers judge the challengers and are never trained on. */
export function isGateCustomer(customerId: string, share: number): boolean {
  return hashUnit(customerId, GATE_SALT) < share;
}

/** Uniform on [0, 1), by hash of the origin. If there are too many origins, the highest stay, whatever the customers did. */
export function originPriority(origin: OriginKey): number {
  return hashUnit(origin.customerId, origin.atS ^ PRIORITY_SALT);
}
