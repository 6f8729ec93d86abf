import type { FactOf } from '../ports/observer';

/** Sums batches between two log lines, so that the log grows with time and not with traffic. */
export class FlowSummary {
  private batches = 0;
  private events = 0;
  private updates = 0;
  private deadLetters = 0;
  private cleaned = 0;
  private published = 0;
  private slowestBatchS = 0;
  private readonly lagRecords = new Map<number, number>();

  addBatch(fact: FactOf<'batch-committed'>): void {
    this.batches += 1;
    for (const count of fact.events.values()) this.events += count;
    for (const count of fact.deadLetters.values()) this.deadLetters += count;
    for (const count of fact.cleaned.values()) this.cleaned += count;
    this.updates += fact.updates;
    this.slowestBatchS = Math.max(this.slowestBatchS, fact.seconds);
  }

  addPublished(records: number): void {
    this.published += records;
  }

  setLag(partition: number, records: number): void {
    this.lagRecords.set(partition, records);
  }

  dropPartition(partition: number): void {
    this.lagRecords.delete(partition);
  }

  /** Returns the sums since the last call and resets them. Null if nothing happened. */
  take(): Readonly<Record<string, number>> | null {
    if (this.batches === 0 && this.published === 0) return null;
    const facts = {
      batches: this.batches,
      events: this.events,
      updates: this.updates,
      deadLetters: this.deadLetters,
      cleaned: this.cleaned,
      published: this.published,
      lagRecords: [...this.lagRecords.values()].reduce((sum, records) => sum + records, 0),
      slowestBatchMs: Math.round(this.slowestBatchS * 1000),
    };
    this.batches = 0;
    this.events = 0;
    this.updates = 0;
    this.deadLetters = 0;
    this.cleaned = 0;
    this.published = 0;
    this.slowestBatchS = 0;
    return facts;
  }
}
