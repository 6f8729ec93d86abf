import {
  type CustomerEvent,
  EVENT_TOPICS,
  type EventKind,
  INPUT_ROLES,
  type InputRole,
  type SourcePosition,
  TOPIC_OF_KIND,
} from '../../src/domain/event';
import type { Random } from '../../src/domain/math/random';

const KINDS: readonly EventKind[] = ['order', 'refund', 'cancel', 'click', 'browse', 'review'];

/** An event with its source position. */
export interface PositionedEvent {
  readonly event: CustomerEvent;
  readonly position: SourcePosition;
}

/** Offsets or counts by TopicIndex. Topics that are missing get `otherwise`. */
export function byTopic(given: Partial<Record<InputRole, number>> = {}, otherwise = 0): number[] {
  return INPUT_ROLES.map((role) => given[role] ?? otherwise);
}

export function anEvent(change: Partial<CustomerEvent> = {}): CustomerEvent {
  const kind = change.kind ?? 'order';
  const money = kind === 'order' || kind === 'refund' || kind === 'cancel';
  return {
    kind,
    customerId: 'c1',
    eventId: 'e1',
    timeS: 1_700_000_000,
    amountMinor: money ? 4_200 : 0,
    items: kind === 'order' ? 2 : 0,
    dwellS: kind === 'browse' ? 30 : 0,
    stars: kind === 'review' ? 4 : 0,
    ...change,
  };
}

/** One customer's random past: bursts, equal times, late events, orders returned in full, repeats. Offsets rise per topic. */
export function randomPast(random: Random, count: number): PositionedEvent[] {
  const nextOffset = INPUT_ROLES.map(() => 0);
  const past: PositionedEvent[] = [];
  let timeS = 1_600_000_000;
  for (let i = 0; i < count; i++) {
    if (past.length > 0 && random() < 0.08) {
      // A repeat: the same event again, at a later offset.
      const { event, position } = past[Math.floor(random() * past.length)]!;
      past.push({ event, position: { ...position, offset: nextOffset[position.topic]!++ } });
      continue;
    }
    timeS += random() < 0.3 ? Math.floor(random() * 60) : Math.floor(random() ** 3 * 40 * 86_400);
    const late = random() < 0.15 ? Math.floor(random() * 30 * 86_400) : 0;
    const kind = KINDS[Math.floor(random() ** 0.7 * KINDS.length)]!;
    const topic = TOPIC_OF_KIND[kind];
    const orders = past.filter((earlier) => earlier.event.kind === 'order');
    const voids = (kind === 'refund' || kind === 'cancel') && orders.length > 0 && random() < 0.6;
    const order = orders[Math.floor(random() * orders.length)]?.event;
    const event = anEvent({
      kind,
      eventId: `e${i}`,
      timeS: voids ? order!.timeS + Math.floor(random() ** 2 * 3 * 86_400) : timeS - late,
      ...(kind === 'review' ? { stars: Math.floor(random() * 6) } : {}),
      ...(kind === 'order' ? { amountMinor: Math.floor(random() * 20) * 1_000 } : {}),
      ...(voids ? { amountMinor: order!.amountMinor } : {}),
    });
    past.push({ event, position: { topic, partition: 0, offset: nextOffset[topic]!++ } });
  }
  return past;
}

/** The same topics, each in its own order, in a new random interleaving. */
export function interleave(past: readonly PositionedEvent[], random: Random): PositionedEvent[] {
  const topics = EVENT_TOPICS.map((topic) => past.filter(({ position }) => position.topic === topic));
  const mixed: PositionedEvent[] = [];
  while (mixed.length < past.length) {
    const next = topics[Math.floor(random() * topics.length)]!.shift();
    if (next !== undefined) mixed.push(next);
  }
  return mixed;
}
