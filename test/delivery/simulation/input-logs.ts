import type { Random } from '../../../src/domain/math/random';
import { below, chance } from './dice';

/**
 * One record of an input topic. A poison record can't be decoded: it becomes a dead letter and changes no state. A silent one changes a
 * state and is not published.
 */
export interface InputRecord {
  readonly topic: number;
  readonly offset: number;
  readonly customer: number;
  readonly poison: boolean;
  readonly silent: boolean;
}

/** Few, so that each customer has records in every topic. */
const CUSTOMERS = 3;

/** The input topics of one partition number: records at rising offsets, with legal gaps, appended little by little. */
export class InputLogs {
  readonly topics: readonly (readonly InputRecord[])[];
  /** Per topic, the first offset in the log. */
  readonly start: readonly number[];
  private readonly appended: number[];

  constructor(random: Random) {
    const topics = 2 + below(random, 2);
    this.start = Array.from({ length: topics }, () => (chance(random, 0.3) ? 1 + below(random, 5) : 0));
    this.topics = this.start.map((start, topic) => {
      let offset = start;
      return Array.from({ length: 3 + below(random, 6) }, () => {
        const poison = chance(random, 0.08);
        const silent = !poison && chance(random, 0.06);
        const record = { topic, offset, customer: below(random, CUSTOMERS), poison, silent };
        offset += chance(random, 0.15) ? 2 + below(random, 2) : 1;
        return record;
      });
    });
    this.appended = this.topics.map((records) => below(random, records.length + 1));
  }

  append(random: Random): void {
    const topic = below(random, this.topics.length);
    this.appended[topic] = Math.min(this.topics[topic]!.length, this.appended[topic]! + 1);
  }

  appendAll(): void {
    this.topics.forEach((records, topic) => {
      this.appended[topic] = records.length;
    });
  }

  /** At most `max` records from this offset on. */
  read(topic: number, offset: number, max: number): readonly InputRecord[] {
    const records = this.topics[topic]!;
    const first = records.findIndex((record) => record.offset >= offset);
    return first < 0 ? [] : records.slice(first, Math.min(first + max, this.appended[topic]!));
  }
}
