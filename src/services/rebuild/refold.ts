import { type CustomerEvent, EVENT_TOPICS, type TopicIndex } from '../../domain/event';
import { emptyState, foldEvent, type SequenceState } from '../../domain/state/sequence-state';
import type { ClvUpdate } from '../../domain/update';

/** One record of a customer in the log. */
export interface PastEvent {
  readonly topic: TopicIndex;
  readonly offset: number;
  readonly event: CustomerEvent;
}

/**
 * Merges a customer's records (one list per topic in offset order) by event time, in the order of the scorer's queue. It takes the
 * earliest of the topics' next records, and the lower topic on a tie.
 */
export function merged(byTopic: readonly (readonly PastEvent[])[]): PastEvent[] {
  const next = byTopic.map(() => 0);
  const order: PastEvent[] = [];
  for (;;) {
    let first: PastEvent | null = null;
    for (const [topic, events] of byTopic.entries()) {
      const head = events[next[topic]!];
      if (head !== undefined && (first === null || head.event.timeS < first.event.timeS)) first = head;
    }
    if (first === null) return order;
    next[first.topic]! += 1;
    order.push(first);
  }
}

/**
 * The state after these records. It contains the last published value, so that the next update explains its change from there. It
 * has no encoder version, so the scorer replays the window at the next use. Throws if a record can't be folded.
 */
export function refold(
  past: readonly PastEvent[],
  partition: number,
  window: number,
  last: ClvUpdate | null,
): SequenceState {
  const state = emptyState(0);
  for (const { topic, offset, event } of past) foldEvent(state, event, { topic, partition, offset }, window);
  if (last !== null) {
    const { value, asOfS, modelVersion } = last;
    // An update that names no cuts was made without a tier in the state.
    const tier = last.tierCuts === '' ? undefined : last.prediction.valueTier;
    state.published = { value, asOfS, modelVersion, refolded: false, tier };
  }
  return state;
}

/** Topics whose count or hash in the state differs from the last update. */
export function differingTopics(state: SequenceState, last: ClvUpdate): TopicIndex[] {
  return EVENT_TOPICS.filter((topic) => {
    const [own, published] = [state.folded[topic]!, last.folded[topic]!];
    return own.count !== published.count || own.hash !== published.hash;
  });
}
