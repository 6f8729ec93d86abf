import { INPUT_ROLES, type InputRole, type Tick, TOPIC_OF_KIND } from '../../domain/event';
import type { Clock } from '../../ports/clock';
import type { OutgoingRecord } from '../../ports/log';
import { EventEncoder, type OutgoingEvent, type WireFormat } from '../../serde/event-encoder';
import { type PartitionHash, partitionOf } from '../../serde/event-rules';

/** Topics, partitioning and timing of written records. */
export interface RecordSettings {
  /** Topic name per role. */
  readonly topics: Readonly<Record<InputRole, string>>;
  readonly partitions: number;
  /** 'arrival' uses murmur2, because a writer must choose a hash. */
  readonly hash: PartitionHash;
  readonly currency: string;
  readonly format: WireFormat;
  /** Timestamp of the records: time of writing (default), event time, or the later of the two for a shop that runs ahead of its time. */
  readonly timestamps: 'wall' | 'event' | 'later';
}

/** Where an event belongs. */
export interface Place {
  readonly role: InputRole;
  readonly partition: number;
}

/** Converts events and ticks to records of the input topics. */
export class EventRecords {
  private readonly encoder: EventEncoder;

  constructor(
    private readonly clock: Clock,
    private readonly settings: RecordSettings,
  ) {
    this.encoder = new EventEncoder(settings.currency, settings.format);
  }

  place({ kind, customerId }: OutgoingEvent): Place {
    const { hash, partitions } = this.settings;
    const partition = partitionOf(customerId, partitions, hash === 'arrival' ? 'murmur2' : hash);
    return { role: INPUT_ROLES[TOPIC_OF_KIND[kind]]!, partition };
  }

  ofEvent(event: OutgoingEvent): OutgoingRecord {
    const { value } = this.encoder.encodeEvent(event);
    return this.record(this.place(event), Buffer.from(event.customerId, 'utf8'), value, event.timeS);
  }

  /** One for each partition. */
  ofTick(tick: Tick): OutgoingRecord[] {
    const value = this.encoder.encodeTick(tick);
    return Array.from({ length: this.settings.partitions }, (_, partition) =>
      this.record({ role: 'ticks', partition }, null, value, tick.asOfS),
    );
  }

  private record({ role, partition }: Place, key: Uint8Array | null, value: Uint8Array, timeS: number): OutgoingRecord {
    return { topic: this.settings.topics[role], partition, key, value, timestampMs: this.timestampMs(timeS * 1000) };
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
}
