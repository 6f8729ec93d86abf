import type { InputRole } from '../../domain/event';
import { ProvenTime } from '../../domain/labels/proven-time';
import type { Clock } from '../../ports/clock';
import type { LogWriter, OutgoingRecord } from '../../ports/log';
import { EventEncoder, type OutgoingEvent, type WireFormat } from '../../serde/event-encoder';
import { type PartitionHash, partitionOf } from '../../serde/event-rules';

/** Topics, partitioning and timing of the written records. */
export interface FeedSettings {
  /** Topic name per role. */
  readonly topics: Readonly<Record<InputRole, string>>;
  readonly partitions: number;
  /** 'arrival' uses murmur2, because a writer must choose a hash. */
  readonly hash: PartitionHash;
  readonly currency: string;
  readonly format: WireFormat;
  /** Event time between two sweeps of all customers, seconds; 0 for no ticks. */
  readonly tickEveryS: number;
  /** Number of ticks per sweep, spread evenly over its period; at least 1. */
  readonly tickShards: number;
  /** Timestamp of the records: time of writing (default), event time, or the later of the two for a shop that runs ahead of its time. */
  readonly timestamps: 'wall' | 'event' | 'later';
}

/** Records written so far, by role of the topic. */
export type FeedTotals = Readonly<Record<InputRole, number>>;

const FIRST_BACK_OFF_MS = 200;
const LONGEST_BACK_OFF_MS = 10_000;

/**
 * Converts events in event-time order to records of the input topics, with ticks between them. The pace is up to the caller.
 */
export class TopicFeed {
  private readonly encoder: EventEncoder;
  private readonly written: Record<InputRole, number> = {
    orders: 0,
    clicks: 0,
    browses: 0,
    ticks: 0,
    reviews: 0,
    customers: 0,
  };
  private records: OutgoingRecord[] = [];
  private roles: InputRole[] = [];
  /** Event time between two ticks, counted from the epoch, seconds. */
  private readonly tickStepS: number;
  private readonly time = new ProvenTime();
  private nextTick: number | undefined;

  constructor(
    private readonly writer: LogWriter,
    private readonly clock: Clock,
    private readonly settings: FeedSettings,
    private readonly onTrouble: (message: string) => void,
  ) {
    this.encoder = new EventEncoder(settings.currency, settings.format);
    this.tickStepS = settings.tickEveryS / settings.tickShards;
  }

  get pending(): number {
    return this.records.length;
  }

  get totals(): FeedTotals {
    return { ...this.written };
  }

  /** Adds an event, and before it the ticks up to the proven time. Nothing is written until the next flush. */
  add(event: OutgoingEvent): void {
    this.time.take(event.customerId, event.timeS);
    this.tickUntil(this.time.untilS);
    const { role, value } = this.encoder.encodeEvent(event);
    const { hash, partitions } = this.settings;
    const partition = partitionOf(event.customerId, partitions, hash === 'arrival' ? 'murmur2' : hash);
    this.push(role, partition, Buffer.from(event.customerId, 'utf8'), value, event.timeS);
  }

  /**
   * Writes the added records. Tries again with back-off while the log is unreachable; false if the signal ended that.
   * After a partial failure all records are written again: the scorer detects the repeats by their event ids.
   */
  async flush(signal: AbortSignal): Promise<boolean> {
    for (
      let backOffMs = FIRST_BACK_OFF_MS;
      this.records.length > 0;
      backOffMs = Math.min(2 * backOffMs, LONGEST_BACK_OFF_MS)
    ) {
      try {
        await this.writer.append(this.records);
        for (const role of this.roles) this.written[role]++;
        this.records = [];
        this.roles = [];
      } catch (error) {
        if (signal.aborted) return false;
        const cause = error instanceof Error ? error.message : String(error);
        this.onTrouble(
          `${this.records.length} records could not be written (${cause}); trying again in ${backOffMs} ms`,
        );
        await this.clock.sleep(backOffMs, signal);
        if (signal.aborted) return false;
      }
    }
    return true;
  }

  private tickUntil(timeS: number): void {
    if (this.tickStepS === 0) return;
    this.nextTick ??= Math.floor(timeS / this.tickStepS) + 1;
    const { tickShards: shards, partitions } = this.settings;
    for (; this.nextTick * this.tickStepS <= timeS; this.nextTick++) {
      const asOfS = Math.floor(this.nextTick * this.tickStepS);
      const value = this.encoder.encodeTick({ asOfS, shard: this.nextTick % shards, shards });
      for (let partition = 0; partition < partitions; partition++) this.push('ticks', partition, null, value, asOfS);
    }
  }

  private timestampMs(eventMs: number): number {
    switch (this.settings.timestamps) {
      case 'wall':
        return this.clock.nowMs();
      case 'event':
        return eventMs;
      case 'later':
        return Math.max(eventMs, this.clock.nowMs());
    }
  }

  private push(role: InputRole, partition: number, key: Uint8Array | null, value: Uint8Array, timeS: number): void {
    const timestampMs = this.timestampMs(timeS * 1000);
    this.records.push({ topic: this.settings.topics[role], partition, key, value, timestampMs });
    this.roles.push(role);
  }
}
