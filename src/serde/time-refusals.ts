import type { TopicIndex } from '../domain/event';
import type { DeadLetterCodec } from './dead-letter-codec';

interface Refusal {
  /** The record's. */
  readonly timestampMs: number;
  /** Offset of the letter. */
  readonly letter: number;
}

/**
 * The records that were refused because their timestamps were in the future, as the published dead letters name them. A clock decided that
 * once. Whoever reads the log again looks the decision up here, because the clock has moved on.
 *
 * It holds those that the reader of the input topics has still to come to, and no others.
 */
export class TimeRefusals {
  /** By topic and partition, and then by the record's offset. In the order of the letters, which is that of the records. */
  private readonly waiting = new Map<string, Map<number, Refusal>>();
  /** The next record to read, by topic and partition. */
  private readonly next = new Map<string, number>();

  constructor(
    private readonly codec: DeadLetterCodec,
    /** Names of the input topics, by TopicIndex. */
    private readonly topics: readonly string[],
  ) {}

  /** The records from this offset on are read now, perhaps again. Take all their letters after this call. */
  begin(topic: TopicIndex, partition: number, offset: number): void {
    this.waiting.delete(logOf(topic, partition));
    this.next.set(logOf(topic, partition), offset);
  }

  /** Takes records of clv-dead-letters. One that can't be read names no position; the audit reports it. */
  take(letters: readonly { readonly offset: number; readonly value: Uint8Array | null }[]): void {
    for (const { offset: letter, value } of letters) {
      const decoded = this.codec.decode(value);
      if (!decoded.ok || decoded.value.reason !== 'timestamp-ahead') continue;
      const { topic, partition, offset, timestampMs } = decoded.value;
      const log = logOf(this.topics.indexOf(topic), partition);
      if (offset < (this.next.get(log) ?? 0)) continue;
      const refusals = this.waiting.get(log) ?? new Map<number, Refusal>();
      // A letter that is read twice keeps its place.
      if ((refusals.get(offset)?.letter ?? -1) < letter) refusals.set(offset, { timestampMs, letter });
      this.waiting.set(log, refusals);
    }
  }

  /** The timestamp is compared, because a topic that was created again has the same positions. */
  has(topic: TopicIndex, partition: number, offset: number, timestampMs: number): boolean {
    return this.waiting.get(logOf(topic, partition))?.get(offset)?.timestampMs === timestampMs;
  }

  /** Forgets the records below an offset, because they were read. */
  passed(topic: TopicIndex, partition: number, below: number): void {
    const log = logOf(topic, partition);
    this.next.set(log, Math.max(below, this.next.get(log) ?? 0));
    const refusals = this.waiting.get(log);
    if (refusals === undefined) return;
    for (const offset of refusals.keys()) {
      if (offset >= below) return;
      refusals.delete(offset);
    }
    this.waiting.delete(log);
  }

  /** The first letter of a partition whose record is still to come; null if there is none. */
  firstLetter(partition: number): number | null {
    const firsts = this.topics.flatMap((_, topic) => {
      const [first] = this.waiting.get(logOf(topic, partition))?.values() ?? [];
      return first === undefined ? [] : [first.letter];
    });
    return firsts.length === 0 ? null : Math.min(...firsts);
  }

  /** Number of refusals in memory. */
  get size(): number {
    return [...this.waiting.values()].reduce((sum, refusals) => sum + refusals.size, 0);
  }
}

function logOf(topic: TopicIndex, partition: number): string {
  return `${topic}/${partition}`;
}
