import type { InputRole } from '../../domain/event';
import { ProvenTime } from '../../domain/labels/proven-time';
import type { Clock } from '../../ports/clock';
import type { LogWriter, OutgoingRecord } from '../../ports/log';
import { Patience } from '../../ports/patience';
import type { OutgoingEvent } from '../../serde/event-encoder';
import { EventRecords, type RecordSettings } from './event-records';

/** How records are made, and when time ticks between them. */
export interface FeedSettings extends RecordSettings {
  /** Event time between two sweeps of all customers, seconds; 0 for no ticks. */
  readonly tickEveryS: number;
  /** Number of ticks per sweep, spread evenly over its period; at least 1. */
  readonly tickShards: number;
}

/** Records written so far, by role of the topic. */
export type FeedTotals = Readonly<Record<InputRole, number>>;

const FIRST_BACK_OFF_MS = 200;
const LONGEST_BACK_OFF_MS = 10_000;

/**
 * Converts events in event-time order to records of the input topics, with ticks between them. The pace is up to the caller.
 */
export class TopicFeed {
  private readonly made: EventRecords;
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
    private readonly patience = new Patience(clock, Number.POSITIVE_INFINITY),
  ) {
    this.made = new EventRecords(clock, settings);
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
    this.push(this.made.place(event).role, this.made.ofEvent(event));
  }

  /**
   * Writes the added records. Tries again with back-off while the log is unreachable; false if the signal ended that.
   * Rejects with WaitedInVain when the patience is over. After a partial failure all records are written again: the scorer detects the repeats by their event ids.
   */
  async flush(signal: AbortSignal): Promise<boolean> {
    for (
      let backOffMs = FIRST_BACK_OFF_MS;
      this.records.length > 0;
      backOffMs = Math.min(2 * backOffMs, LONGEST_BACK_OFF_MS)
    ) {
      try {
        this.patience.begin();
        await this.writer.append(this.records);
        this.patience.succeeded();
        for (const role of this.roles) this.written[role]++;
        this.records = [];
        this.roles = [];
      } catch (error) {
        if (signal.aborted) return false;
        this.patience.failed(error);
        const cause = this.patience.textOf(error);
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
    const { tickShards: shards } = this.settings;
    for (; this.nextTick * this.tickStepS <= timeS; this.nextTick++) {
      const asOfS = Math.floor(this.nextTick * this.tickStepS);
      const ticks = this.made.ofTick({ asOfS, shard: this.nextTick % shards, shards });
      for (const tick of ticks) this.push('ticks', tick);
    }
  }

  private push(role: InputRole, record: OutgoingRecord): void {
    this.records.push(record);
    this.roles.push(role);
  }
}
