import { customerHistories, type KnownCustomer, knownCustomers } from '../../src/domain/blend/customer-history';
import { type CustomerEvent, INPUT_ROLES, SECONDS_PER_DAY, TOPIC_OF_KIND } from '../../src/domain/event';
import { INTERVAL_EDGES_DAYS } from '../../src/domain/label-intervals';
import { addToTally, emptyTally, type IntervalTally, labelOf } from '../../src/domain/labels/origins';
import type { OriginLabel } from '../../src/domain/scoring/example';
import { emptyState, foldEvent, type SequenceState } from '../../src/domain/state/sequence-state';
import type { ShopHistory } from './shops';

/** Horizons that are judged, days. Each is an edge of the label intervals. */
export const HORIZONS_DAYS = [7, 30, 90, 365] as const;

export interface Question {
  readonly customer: KnownCustomer;
  /** The state as of the origin. It changes with the next round of questions, so it must be used at once. */
  readonly state: SequenceState;
  /** The label within each of HORIZONS_DAYS; null where the history ends before. */
  readonly labels: readonly (OriginLabel | null)[];
  /** What the customer did from then to the end of the history, by label interval. */
  readonly tally: IntervalTally;
}

export interface QuestionRound {
  /** The last second before midnight UTC. What happened up to it is known. */
  readonly atS: number;
  readonly questions: readonly Question[];
}

/** Asks every known customer at the same instant, every `everyDays` days from `fromS` on, as long as a week of the answer is known. */
export function* questionRounds(
  { shop, events, endS }: ShopHistory,
  fromS: number,
  everyDays: number,
  window: number,
): Generator<QuestionRound> {
  const histories = customerHistories(events);
  const own = new Map<string, CustomerEvent[]>();
  for (const event of events) {
    if (event.kind !== 'order' && event.kind !== 'refund' && event.kind !== 'cancel') continue;
    const list = own.get(event.customerId);
    if (list === undefined) own.set(event.customerId, [event]);
    else list.push(event);
  }
  const states = new Map<string, SequenceState>();
  const offsets = INPUT_ROLES.map(() => 0);
  let next = 0;
  const [shortest] = HORIZONS_DAYS;
  const lastS = Math.min(shop.judgedUntilS ?? endS, endS - shortest * SECONDS_PER_DAY);
  for (let asOfS = fromS; asOfS <= lastS; asOfS += everyDays * SECONDS_PER_DAY) {
    for (; next < events.length && events[next]!.timeS < asOfS; next++) {
      const event = events[next]!;
      const state = states.get(event.customerId) ?? emptyState(0);
      states.set(event.customerId, state);
      const topic = TOPIC_OF_KIND[event.kind];
      foldEvent(state, event, { topic, partition: 0, offset: offsets[topic]!++ }, window);
      // No network has stepped this event, so whoever reads the state must replay its window.
      state.encoderVersion = '';
    }
    const atS = asOfS - 1;
    const questions = knownCustomers(histories, asOfS).map((customer) => {
      const tally = emptyTally();
      for (const event of own.get(customer.customerId) ?? []) addToTally({ atS, tally }, event, atS);
      return { customer, state: states.get(customer.customerId)!, labels: labelsOf(tally, atS, endS), tally };
    });
    yield { atS, questions };
  }
}

/** Counted from the raw events, not by the trainer's label code path over streams. */
function labelsOf(tally: IntervalTally, atS: number, endS: number): (OriginLabel | null)[] {
  return HORIZONS_DAYS.map((days) => {
    const untilS = atS + days * SECONDS_PER_DAY;
    if (untilS >= endS) return null;
    const label = labelOf({ atS, tally }, untilS + 1);
    const closed = (INTERVAL_EDGES_DAYS as readonly number[]).indexOf(days);
    if (label.closedIntervals !== closed)
      throw new Error(`a label of ${days} days has ${label.closedIntervals} intervals`);
    return label;
  });
}
