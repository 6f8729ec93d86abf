import { boundedSum } from '../bounded-sum';
import { EVENT_KINDS, type EventKind } from '../event';
import { NEVER_S } from './summary';
import { NOT_VOIDED, settleVoided, type Voided } from './voided-orders';

/**
 * Clicks (or browses) in one bucket of this many seconds of event time make one step. Otherwise a burst would push the orders out of the
 * window.
 */
const BURST_BUCKET_S = 900;

/** One kept event: everything that a step needs, as integers. */
export interface KeptEvent {
  readonly timeS: number;
  readonly topic: number;
  readonly offset: number;
  /** Index into EVENT_KINDS. */
  readonly kind: number;
  readonly amountMinor: number;
  readonly items: number;
  readonly dwellS: number;
  /** 0 if there are none. */
  readonly stars: number;
  /** Set on an order that was returned in full, and on its return. Their steps carry no size. */
  readonly voided: Voided;
}

/**
 * State at the window start, fixed when it last moved. It holds the context of the steps, and the order key of the newest dropped event.
 * While nothing was dropped, times are NEVER_S, and topic and offset are −1.
 */
export interface WindowStart {
  firstSeenS: number;
  lastOrderS: number;
  /** Order key of the newest dropped event. */
  timeS: number;
  topic: number;
  offset: number;
  /** Newest burst bucket dropped, for clicks and for browses. */
  clickBucket: number;
  browseBucket: number;
  /** Dropped refunds that voided an order: their number and sum, minor units. */
  voided: number;
  voidedMinor: number;
}

/** The events since the window start, by (event time, topic, offset). At 2N events the oldest N are dropped. */
export interface EventWindow {
  start: WindowStart;
  events: KeptEvent[]; // 0 … 2N−1
}

/**
 * - appended: newest of all. One step updates the recurrent state.
 * - inserted: late, or earlier than the kept event of its burst, which it replaces. The window must be replayed.
 * - coalesced: a further click or browse of a burst. It is in the summary only.
 * - too-late: before the window start. It is in the summary only.
 */
export type WindowOutcome = 'appended' | 'inserted' | 'coalesced' | 'too-late';

const CLICK = EVENT_KINDS.indexOf('click');
const BROWSE = EVENT_KINDS.indexOf('browse');

export function emptyWindow(): EventWindow {
  return {
    start: {
      firstSeenS: NEVER_S,
      lastOrderS: NEVER_S,
      timeS: NEVER_S,
      topic: -1,
      offset: -1,
      clickBucket: -1,
      browseBucket: -1,
      voided: 0,
      voidedMinor: 0,
    },
    events: [],
  };
}

export function kindOf(event: KeptEvent): EventKind {
  return EVENT_KINDS[event.kind]!;
}

/** Order of the fold: event time, then topic, then offset. Negative if a comes before b. */
export function compareEvents(
  a: { timeS: number; topic: number; offset: number },
  b: { timeS: number; topic: number; offset: number },
): number {
  return a.timeS - b.timeS || a.topic - b.topic || a.offset - b.offset;
}

/** Inserts an event at its place in time. The result depends on the set of events, not on their order of arrival. */
export function insertIntoWindow(window: EventWindow, event: KeptEvent): WindowOutcome {
  const { events, start } = window;
  if (compareEvents(event, start) < 0) return 'too-late';
  if (event.kind === CLICK || event.kind === BROWSE) {
    const bucket = burstBucket(event.timeS);
    if (bucket <= (event.kind === CLICK ? start.clickBucket : start.browseBucket)) return 'coalesced';
    const twin = burstTwin(events, event.kind, bucket);
    if (twin >= 0) {
      if (compareEvents(event, events[twin]!) > 0) return 'coalesced';
      events.splice(twin, 1);
      insertSorted(events, event);
      return 'inserted';
    }
  }
  return insertSorted(events, event) === events.length - 1 ? 'appended' : 'inserted';
}

/** Moves the window start if 2N events are kept. Returns true if it moved: then the N that remain must be replayed. */
export function moveStart(window: EventWindow, n: number): boolean {
  if (window.events.length < 2 * n) return false;
  dropOldest(window, n);
  return true;
}

/** Drops the oldest `count` ≥ 1 events and moves the window start behind them, in place. */
export function dropOldest({ start, events }: EventWindow, count: number): void {
  if (start.firstSeenS === NEVER_S) start.firstSeenS = events[0]!.timeS;
  settleVoided(events, count);
  for (const dropped of events.slice(0, count)) {
    if (kindOf(dropped) === 'refund' && dropped.voided !== NOT_VOIDED) {
      start.voided += 1;
      start.voidedMinor = boundedSum(start.voidedMinor, dropped.amountMinor);
    }
    if (kindOf(dropped) === 'order') start.lastOrderS = dropped.timeS;
    if (dropped.kind === CLICK) start.clickBucket = burstBucket(dropped.timeS);
    if (dropped.kind === BROWSE) start.browseBucket = burstBucket(dropped.timeS);
    start.timeS = dropped.timeS;
    start.topic = dropped.topic;
    start.offset = dropped.offset;
  }
  events.splice(0, count);
}

function burstBucket(timeS: number): number {
  return Math.floor(timeS / BURST_BUCKET_S);
}

function burstTwin(events: readonly KeptEvent[], kind: number, bucket: number): number {
  const fromS = bucket * BURST_BUCKET_S;
  for (let i = events.length - 1; i >= 0 && events[i]!.timeS >= fromS; i--) {
    if (events[i]!.kind === kind && burstBucket(events[i]!.timeS) === bucket) return i;
  }
  return -1;
}

function insertSorted(events: KeptEvent[], event: KeptEvent): number {
  let at = events.length;
  while (at > 0 && compareEvents(event, events[at - 1]!) < 0) at--;
  events.splice(at, 0, event);
  return at;
}
