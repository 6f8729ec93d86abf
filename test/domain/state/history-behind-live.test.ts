import { type CustomerEvent, EVENT_KINDS, isMoneyKind, TOPIC_OF_KIND } from '../../../src/domain/event';
import { Scorer } from '../../../src/domain/scoring/scorer';
import { emptyState, type SequenceState } from '../../../src/domain/state/sequence-state';
import { randomModel } from '../../support/models';
import { type Seeded, seeded, testSeed } from '../../support/seeded';

const seed = testSeed();
const START_S = Date.UTC(2024, 0, 1) / 1000;
const WINDOW = 16;
/** With more, a return in the history can miss its order, which the live events have pushed out of the window. */
const MOST_LIVE = WINDOW - 7;
const KINDS = EVENT_KINDS.filter((kind) => kind !== 'profile');

const DAY_S = 86_400;
/** A return comes within this many events after its order. */
const RETURNED_WITHIN = 6;

/**
 * A history of 700 days and live events of the day after, in the order of time, at most one per second. No two orders have the same amount,
 * because a return without order id is matched by it.
 */
function pastOf(dice: Seeded, history: number, live: number) {
  const times = (count: number, fromDay: number, days: number) => {
    const distinct = new Set<number>();
    while (distinct.size < count) distinct.add(START_S + fromDay * DAY_S + dice.below(days * DAY_S));
    return [...distinct].sort((a, b) => a - b);
  };
  let open: { readonly amountMinor: number; readonly at: number }[] = [];
  const events = [...times(history, 0, 700), ...times(live, 700, 1)].map((timeS, i): CustomerEvent => {
    const kind = dice.pick(KINDS);
    const money = isMoneyKind(kind);
    open = open.filter(({ at }) => i - at <= RETURNED_WITHIN);
    const order = kind !== 'order' && money && open.length > 0 ? dice.pick(open) : null;
    open = open.filter((each) => each !== order);
    const amountMinor = order?.amountMinor ?? 1_000 + i;
    if (kind === 'order') open.push({ amountMinor, at: i });
    const counts = { items: money ? 1 + dice.below(3) : 0, dwellS: kind === 'browse' ? dice.below(90) : 0 };
    return {
      ...{ kind, customerId: 'ann', eventId: `e${i}`, timeS, amountMinor: money ? amountMinor : 0, ...counts },
      stars: kind === 'review' ? 1 + dice.below(5) : 0,
    };
  });
  return { history: events.slice(0, history), live: events.slice(history) };
}

function folded(scorer: Scorer, events: readonly CustomerEvent[]): SequenceState {
  const state = emptyState(scorer.model.weights.shape.units);
  const offsets = new Map<number, number>();
  for (const event of events) {
    const topic = TOPIC_OF_KIND[event.kind];
    const offset = offsets.get(topic) ?? 0;
    offsets.set(topic, offset + 1);
    scorer.fold(state, event, { topic, partition: 0, offset });
  }
  return state;
}

/** All that a score depends on, without the offsets. Decayed counts are float32, so their last bits depend on the order. */
function essence(scorer: Scorer, state: SequenceState, atS: number) {
  const { window, summary } = state;
  const scored = scorer.rescore(state, atS);
  return {
    kept: window.events.map(({ offset: _, ...event }) => event),
    start: { ...window.start, offset: null },
    summary: { ...summary, decayed: null },
    counts: state.folded.map(({ count }) => count),
    inexact: [...summary.decayed, ...state.hidden, ...state.cell, scored!.value],
  };
}

/** Live events that come between those of the history, all of them newer. */
function shuffledIn(dice: Seeded, history: readonly CustomerEvent[], live: readonly CustomerEvent[]): CustomerEvent[] {
  const places = live.map(() => dice.below(history.length + 1)).sort((a, b) => a - b);
  const all: CustomerEvent[] = [];
  let next = 0;
  for (let i = 0; i <= history.length; i++) {
    for (; places[next] === i; next++) all.push(live[next]!);
    if (i < history.length) all.push(history[i]!);
  }
  return all;
}

test(`law: up to ${MOST_LIVE} live events that come before their customer's history change nothing in the end (CLV_TEST_SEED=${seed})`, () => {
  for (let round = 0; round < 60; round++) {
    const dice = seeded(seed + round);
    const scorer = new Scorer(randomModel(round % 7, { window: WINDOW }), 100);
    const { history, live } = pastOf(dice, dice.below(120), 1 + dice.below(MOST_LIVE));
    const atS = START_S + 702 * DAY_S;
    const first = essence(scorer, folded(scorer, [...history, ...live]), atS);
    const beside = essence(scorer, folded(scorer, shuffledIn(dice, history, live)), atS);
    expect({ round, ...beside, inexact: 0 }).toEqual({ round, ...first, inexact: 0 });
    expect(beside.inexact).toEqualNumbers(first.inexact, 1e-4);
  }
});
