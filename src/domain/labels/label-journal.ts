import type { JudgedScore } from '../prequential/judged-score';
import type { LabelChanges, PendingEvent } from './label-progress';
import type { Origin } from './origins';

/** Changes to the labels of one partition since they were last stored. An entry that was added and removed in between is not written. */
export class LabelJournal {
  private customers = new Set<string>();
  private added = new Set<PendingEvent>();
  private taken: PendingEvent[] = [];
  private opened = new Set<Origin>();
  private touched = new Set<Origin>();
  private dropped: Origin[] = [];
  private judged = new Set<JudgedScore>();
  private forgotten: JudgedScore[] = [];

  folded(customerId: string): void {
    this.customers.add(customerId);
  }

  waits(event: PendingEvent): void {
    this.added.add(event);
  }

  tookTurn(event: PendingEvent): void {
    if (!this.added.delete(event)) this.taken.push(event);
  }

  opens(origin: Origin): void {
    this.opened.add(origin);
    this.touched.add(origin);
  }

  touches(origin: Origin): void {
    this.touched.add(origin);
  }

  drops(origin: Origin): void {
    this.touched.delete(origin);
    if (!this.opened.delete(origin)) this.dropped.push(origin);
  }

  judges(score: JudgedScore): void {
    this.judged.add(score);
  }

  forgets(score: JudgedScore): void {
    if (!this.judged.delete(score)) this.forgotten.push(score);
  }

  /** Returns all changes and starts a new journal. `encoded` returns a customer's state as bytes. */
  take(
    encoded: (customerId: string) => Uint8Array,
  ): Omit<LabelChanges, 'partition' | 'topics' | 'clockS' | 'counters'> {
    const changes = {
      states: new Map([...this.customers].map((customerId) => [customerId, encoded(customerId)])),
      pendingAdded: [...this.added],
      pendingTaken: this.taken,
      originsOpened: [...this.opened],
      originsTouched: [...this.touched],
      originsDropped: this.dropped.map(({ customerId, atS }) => ({ customerId, atS })),
      scoresJudged: [...this.judged],
      scoresForgotten: this.forgotten.map(({ horizon, sequence }) => ({ horizon, sequence })),
    };
    this.customers = new Set();
    this.added = new Set();
    this.taken = [];
    this.opened = new Set();
    this.touched = new Set();
    this.dropped = [];
    this.judged = new Set();
    this.forgotten = [];
    return changes;
  }
}
