import { CUSTOMERS_TOPIC, KEYED_TOPICS } from '../../domain/event';
import type { PartitionLabels } from '../../domain/labels/labels';
import { UNKNOWN_END } from '../../domain/labels/watermark';
import type { EventDecoder } from '../../ports/event-decoder';
import type { LogBatch, LogReader, ReadPosition } from '../../ports/log';
import { decodeBackfillMark } from '../../serde/backfill-header';
import type { TimeDecisions } from '../time/time-decisions';

export interface FeedPorts {
  readonly reader: LogReader;
  readonly decoder: EventDecoder;
  /** Default: every timestamp is accepted, for streams that are made up. */
  readonly times?: TimeDecisions;
}

const NONE: ReadonlySet<number> = new Set();

/** The records of one partition on their way to its labels, and the known ends of its topics. */
export class PartitionFeed {
  /** Number of records skipped because they could not be decoded, or are from the future. The scorer writes their dead letters. */
  undecodable = 0;
  /** Last known end of the customers topic. The clock advances only after the topic was read up to it. */
  private tableEnd = UNKNOWN_END;

  constructor(
    private readonly ports: FeedPorts,
    /** Names of the input topics, by TopicIndex. */
    private readonly topics: readonly string[],
    readonly labels: PartitionLabels,
  ) {}

  /** The next offset to read of each topic. Ticks are not read. */
  positions(): ReadPosition[] {
    const { partition } = this.labels;
    return KEYED_TOPICS.map((i) => ({ topic: this.topics[i]!, partition, offset: this.labels.times.nextOffset(i) }));
  }

  /** Offsets of the records that must not be taken, because they are from the future. It may wait: see {@link TimeDecisions}. */
  async refused(batch: LogBatch, signal: AbortSignal): Promise<ReadonlySet<number>> {
    const topic = this.topics.indexOf(batch.topic);
    if (topic < 0 || this.ports.times === undefined) return NONE;
    return this.ports.times.refused(topic, batch, signal);
  }

  /** Adds the events of a batch. They wait for their turn. */
  add(batch: LogBatch, refused: ReadonlySet<number>): void {
    const topic = this.topics.indexOf(batch.topic);
    if (topic < 0) return;
    const from = this.labels.times.nextOffset(topic);
    for (const { offset, value, timestampMs, key, headers } of batch.records) {
      if (offset < from) continue;
      const decoded = this.ports.decoder.decodeEvent(topic, batch.partition, value, timestampMs, key);
      if (decoded.ok && !refused.has(offset)) {
        this.labels.add(topic, offset, decoded.value, decodeBackfillMark(headers));
      } else this.undecodable++;
    }
    this.labels.times.readUpTo(topic, batch.nextOffset);
    this.ports.times?.passed(topic, batch.partition, batch.nextOffset);
    if (topic === CUSTOMERS_TOPIC) this.tableEnd = batch.end;
  }

  /** The ends without a request. Only that of the customers topic is known: an older end of an event topic must not make it count as idle. */
  knownEnds(): number[] {
    const ends = new Array<number>(this.topics.length).fill(UNKNOWN_END);
    ends[CUSTOMERS_TOPIC] = this.tableEnd;
    return ends;
  }

  /** Requests the ends of all topics. If the log is unreachable, an end is not known. Pass them to {@link tookEnds} in turn. */
  async requestEnds(): Promise<number[]> {
    const { partition } = this.labels;
    const bounds = KEYED_TOPICS.map((topic) => this.ports.reader.bounds(this.topics[topic]!, partition));
    const answers = await Promise.allSettled(bounds);
    const ends = new Array<number>(this.topics.length).fill(UNKNOWN_END);
    answers.forEach((answer, i) => {
      if (answer.status === 'fulfilled') ends[KEYED_TOPICS[i]!] = answer.value.end;
    });
    return ends;
  }

  tookEnds(ends: readonly number[]): void {
    this.tableEnd = ends[CUSTOMERS_TOPIC]!;
  }
}
