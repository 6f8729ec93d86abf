import type { OutgoingRecord } from '../../ports/log';
import type { PartitionBatch } from './produce-request';

const MOST = 2 ** 31 - 1;

/**
 * Numbers the records that a producer sends to each partition. A broker takes a batch only if it continues the last one, and stores a
 * repeated batch once. Numbers begin at 0 with each producer id and epoch.
 */
export class Sequences {
  private readonly next = new Map<string, number>();

  /** Groups records by partition, each in its order, and numbers them. */
  take(records: readonly OutgoingRecord[]): PartitionBatch[] {
    const groups = new Map<string, OutgoingRecord[]>();
    for (const record of records) {
      const key = `${record.topic}/${record.partition}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [record]);
      else group.push(record);
    }
    return [...groups].map(([key, group]) => {
      const [{ topic, partition }] = group as [OutgoingRecord];
      const firstSequence = this.next.get(key) ?? 0;
      this.next.set(key, after(firstSequence, group.length));
      return { topic, partition, records: group, firstSequence };
    });
  }

  reset(): void {
    this.next.clear();
  }
}

/** After 2^31 − 1 comes 0. */
export const after = (sequence: number, count: number): number =>
  sequence > MOST - count ? count - (MOST - sequence) - 1 : sequence + count;
