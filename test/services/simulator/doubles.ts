import type { Clock } from '../../../src/ports/clock';
import type { LogWriter, OutgoingRecord } from '../../../src/ports/log';
import type { FeedSettings } from '../../../src/services/simulator/topic-feed';

/** Time that passes only while somebody sleeps. */
export class VirtualClock implements Clock {
  private ms = 0;
  readonly sleeps: number[] = [];

  constructor(private readonly originMs = Date.parse('2024-05-01T00:00:00Z')) {}

  nowMs(): number {
    return this.originMs + this.ms;
  }

  elapsedS(): number {
    return this.ms / 1000;
  }

  async sleep(ms: number): Promise<void> {
    this.sleeps.push(ms);
    this.ms += ms;
  }
}

/** Keeps what is appended, with the virtual time of each append; can be told to fail first. */
export class MemoryWriter implements LogWriter {
  readonly records: OutgoingRecord[] = [];
  readonly appends: { readonly size: number; readonly atS: number }[] = [];

  constructor(
    private readonly clock: Clock,
    private failures = 0,
  ) {}

  async append(records: readonly OutgoingRecord[]): Promise<void> {
    if (this.failures > 0) {
      this.failures--;
      throw new Error('no broker');
    }
    this.records.push(...records);
    this.appends.push({ size: records.length, atS: this.clock.elapsedS() });
  }

  async close(): Promise<void> {}
}

export const FEED: FeedSettings = {
  topics: {
    orders: 'orders',
    clicks: 'clicks',
    browses: 'browses',
    ticks: 'clv-ticks',
    reviews: 'reviews',
    customers: 'customers',
  },
  partitions: 4,
  hash: 'murmur2',
  currency: 'EUR',
  format: 'avro',
  tickEveryS: 0,
  tickShards: 1,
  timestamps: 'wall',
};
