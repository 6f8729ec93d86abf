import type { DeadLetter, Decoded } from '../../domain/dead-letter';
import type { CustomerEvent, OffsetVector, Tick, TopicIndex } from '../../domain/event';
import type { UnreadableBatch } from '../../ports/log';
import type { QueueBudget } from './queue-budget';

/** The decoded content of a record: a customer's event, or a tick. */
export type InputValue =
  | { readonly type: 'event'; readonly event: CustomerEvent }
  | { readonly type: 'tick'; readonly tick: Tick };

/** A record of an input topic with its decoded value or the decoding error. The original bytes are kept for a dead letter. */
export interface InputItem {
  readonly topic: TopicIndex;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly decoded: Decoded<InputValue>;
  /** Set if this item represents a batch that could not be read. */
  readonly unreadable?: UnreadableBatch;
}

/** The next offset to fold after an item. */
export function endOf({ offset, unreadable }: InputItem): number {
  return (unreadable?.lastOffset ?? offset) + 1;
}

/** Additional fields of a dead letter that represents a batch that could not be read. */
export function standsFor({
  unreadable,
}: InputItem): Pick<DeadLetter, 'originalBytes' | 'originalSha256' | 'lastOffset'> {
  if (unreadable === undefined) return {};
  const { bytes, sha256, lastOffset } = unreadable;
  return { originalBytes: bytes, originalSha256: sha256, lastOffset };
}

interface TopicQueue {
  items: InputItem[];
  /** Items before this index are taken. */
  taken: number;
  bytes: number;
  /** The next offset to fetch, and the log's end at the last fetch. */
  nextOffset: number;
  end: number;
  /** Monotonic ms at which the queue last became empty. */
  emptySinceMs: number;
  /** Emitted offset. While the next record of any topic is below it, `take` serves only such topics. */
  emitted: number;
}

/**
 * Waiting records of one partition number, with one queue per input topic. `take` merges them by event time and keeps the offset
 * order of each topic. It waits up to `maxIdleMs` for a topic that is empty but not read to its end. Otherwise a backlog would
 * fold a fast topic's whole past before a slow topic's first day.
 */
export class InputQueue {
  private readonly queues: TopicQueue[];

  constructor(
    topics: number,
    private readonly maxIdleMs: number,
    /** Shared by all queues of the process. */
    private readonly budget: QueueBudget,
  ) {
    this.queues = Array.from({ length: topics }, () => emptyQueue(0));
  }

  /**
   * Empties all queues; the next records start at the folded offsets. If these are below the emitted offsets (the state was rolled
   * back), topics catch up to the emitted offsets first. Otherwise a new update could lack events that earlier updates included.
   */
  reset(folded: OffsetVector, emitted: OffsetVector, nowMs: number): void {
    folded.forEach((offset, topic) => {
      const catchUpTo = emitted[topic] ?? 0;
      this.budget.add(-this.queues[topic]!.bytes);
      this.queues[topic] = { ...emptyQueue(nowMs), nextOffset: offset, emitted: catchUpTo };
    });
  }

  offer(topic: TopicIndex, items: readonly InputItem[], nextOffset: number, end: number): void {
    const queue = this.queues[topic]!;
    for (const item of items) {
      queue.items.push(item);
      this.weigh(queue, bytesOf(item));
    }
    queue.nextOffset = Math.max(queue.nextOffset, nextOffset);
    queue.end = end;
  }

  waiting(topic: TopicIndex): number {
    const queue = this.queues[topic]!;
    return queue.items.length - queue.taken;
  }

  bytes(topic: TopicIndex): number {
    return this.queues[topic]!.bytes;
  }

  /** Records not folded yet: queued, and not yet fetched as of the last fetch. */
  lag(): number {
    return this.queues.reduce(
      (sum, queue) => sum + queue.items.length - queue.taken + Math.max(0, queue.end - queue.nextOffset),
      0,
    );
  }

  /**
   * Milliseconds until `take` returns records: 0 for now, null if it needs more records first. Records below the emitted offsets
   * exist in the log, so they are waited for without limit. Without them, an update would be older than those already published, and topics
   * would be folded in the order in which they arrive.
   */
  readyInMs(nowMs: number): number | null {
    let catchingUp = false;
    let filled = false;
    for (const queue of this.queues) {
      const hasNext = isFilled(queue);
      if (isCatchingUp(queue)) {
        if (!hasNext) return null;
        catchingUp = true;
      } else if (hasNext) filled = true;
    }
    if (catchingUp) return 0;
    if (!filled) return null;
    let longest = 0;
    for (const queue of this.queues) {
      const mayCome = queue.nextOffset < queue.end || queue.end < 0;
      if (!isFilled(queue) && mayCome) longest = Math.max(longest, queue.emptySinceMs + this.maxIdleMs - nowMs);
    }
    return Math.max(0, longest);
  }

  /**
   * At most `max` records and `maxBytes` bytes, merged by event time. It stops early if it must wait for a topic. A record larger
   * than `maxBytes` is returned alone. A tick ends the batch.
   */
  take(max: number, maxBytes: number, nowMs: number): InputItem[] {
    const batch: InputItem[] = [];
    let bytes = 0;
    while (batch.length < max && this.readyInMs(nowMs) === 0) {
      const queue = this.earliest();
      const item = queue.items[queue.taken]!;
      bytes += bytesOf(item);
      if (batch.length > 0 && bytes > maxBytes) break;
      queue.taken += 1;
      this.weigh(queue, -bytesOf(item));
      if (queue.taken === queue.items.length) {
        queue.items = [];
        queue.taken = 0;
        queue.emptySinceMs = nowMs;
      }
      batch.push(item);
      if (item.decoded.ok && item.decoded.value.type === 'tick') break;
    }
    return batch;
  }

  /** Puts back the last records of the latest {@link take}, so that the next call returns them first. Not after a reset. */
  putBack(items: readonly InputItem[]): void {
    for (const [topic, queue] of this.queues.entries()) {
      const own = items.filter((item) => item.topic === topic);
      if (own.length === 0) continue;
      queue.items = [...own, ...queue.items.slice(queue.taken)];
      queue.taken = 0;
      for (const item of own) this.weigh(queue, bytesOf(item));
    }
  }

  private weigh(queue: TopicQueue, bytes: number): void {
    queue.bytes += bytes;
    this.budget.add(bytes);
  }

  private earliest(): TopicQueue {
    let first: TopicQueue | null = null;
    const catchingUp = this.queues.some(isCatchingUp);
    for (const queue of this.queues) {
      if (!isFilled(queue) || (catchingUp && !isCatchingUp(queue))) continue;
      if (first === null || timeOf(queue.items[queue.taken]!) < timeOf(first.items[first.taken]!)) first = queue;
    }
    return first!;
  }
}

function isFilled(queue: TopicQueue): boolean {
  return queue.items.length > queue.taken;
}

/** Whether the next record of the topic is below the emitted offset. */
function isCatchingUp(queue: TopicQueue): boolean {
  return (queue.items[queue.taken]?.offset ?? queue.nextOffset) < queue.emitted;
}

function emptyQueue(nowMs: number): TopicQueue {
  // end −1: nothing was fetched yet, so the topic's end is unknown.
  return { items: [], taken: 0, bytes: 0, nextOffset: 0, end: -1, emptySinceMs: nowMs, emitted: 0 };
}

/** A record that could not be decoded has no time. It goes first, so that it never blocks its topic. */
function timeOf({ decoded }: InputItem): number {
  if (!decoded.ok) return Number.NEGATIVE_INFINITY;
  return decoded.value.type === 'event' ? decoded.value.event.timeS : decoded.value.tick.asOfS;
}

function bytesOf(item: InputItem): number {
  return (item.value?.length ?? 0) + (item.key?.length ?? 0) + 64;
}
