import { SECONDS_PER_DAY } from '../event';
import { DistinctCustomers, type DistinctState } from './distinct-customers';

/** Beyond it, neighbours are joined, so that a slow stream finds buckets that suit it. */
const MOST_BUCKETS = 16;
/** Longer buckets are not made: the weakest is dropped instead. Dates that are wrong by years can delay no stream by more. */
export const MOST_BUCKET_DAYS = 64;

/** Serialised form. `buckets` rise by index. */
export interface EvidenceState {
  readonly bucketDays: number;
  readonly buckets: readonly (DistinctState & { readonly index: number })[];
}

/** A time that records far ahead have proven. */
export interface ProvenTime {
  /** The proven instant, seconds. */
  readonly untilS: number;
  /** Customers per day of the last whole bucket. */
  readonly perDay: number;
}

/**
 * Records that are far ahead of a topic's time, by their days. Their time counts when two neighbouring buckets have enough customers each:
 * then one of them has passed completely at the rate of a stream. One burst, however large, is one bucket.
 */
export class JumpEvidence {
  private bucketDays: number;
  private buckets: Map<number, DistinctCustomers>;

  /** `bucketDays` is a power of two, so that neighbours can be joined. */
  constructor(state: EvidenceState) {
    this.bucketDays = state.bucketDays;
    this.buckets = new Map(state.buckets.map(({ index, ...heard }) => [index, new DistinctCustomers(heard)]));
  }

  static empty(bucketDays: number): JumpEvidence {
    return new JumpEvidence({ bucketDays, buckets: [] });
  }

  add(customer: number, timeS: number): void {
    this.bucket(Math.floor(timeS / this.bucketS)).add(customer);
    this.shrink();
  }

  /** Adds what was gathered elsewhere and ends after an instant, seconds. */
  addAll(gathered: EvidenceState, afterS: number): void {
    while (this.bucketDays < gathered.bucketDays) this.join();
    for (const { index, ...heard } of gathered.buckets) {
      if ((index + 1) * gathered.bucketDays * SECONDS_PER_DAY <= afterS) continue;
      const own = Math.floor((index * gathered.bucketDays) / this.bucketDays);
      this.bucket(own).addAll(new DistinctCustomers(heard));
    }
    this.shrink();
  }

  /** The first bucket that has enough customers and follows one that has. null if there is none. */
  proven(customers: number): ProvenTime | null {
    const enough = [...this.buckets].flatMap(([index, heard]) => (heard.count >= customers ? [index] : []));
    const index = Math.min(...enough.filter((each) => enough.includes(each - 1)));
    if (!Number.isFinite(index)) return null;
    return { untilS: index * this.bucketS, perDay: this.bucket(index - 1).count / this.bucketDays };
  }

  /** The same in the shortest buckets that prove anything, up to the longest. */
  provenAtAnyLength(customers: number): ReturnType<JumpEvidence['proven']> {
    const joined = new JumpEvidence(this.state());
    for (;;) {
      const proven = joined.proven(customers);
      if (proven !== null || joined.bucketDays >= MOST_BUCKET_DAYS) return proven;
      joined.join();
    }
  }

  /** The longest time without any bucket between the two instants, seconds. In a slow stream, records on the way are no proof, but they are no silence. */
  longestSilence(fromS: number, untilS: number): { readonly fromS: number; readonly untilS: number } {
    let longest = { fromS, untilS: fromS };
    let sinceS = fromS;
    for (const index of [...this.buckets.keys()].sort((a, b) => a - b)) {
      const startS = Math.min(index * this.bucketS, untilS);
      if (startS - sinceS > longest.untilS - longest.fromS) longest = { fromS: sinceS, untilS: startS };
      sinceS = Math.max(sinceS, startS + this.bucketS);
    }
    return longest;
  }

  /** The buckets from an instant on. */
  after(untilS: number): JumpEvidence {
    const { bucketDays, buckets } = this.state();
    return new JumpEvidence({ bucketDays, buckets: buckets.filter(({ index }) => index * this.bucketS >= untilS) });
  }

  /** Length of the buckets, days. It grows if the records spread. */
  get days(): number {
    return this.bucketDays;
  }

  state(): EvidenceState {
    const buckets = [...this.buckets].map(([index, heard]) => ({ index, ...heard.state() }));
    return { bucketDays: this.bucketDays, buckets: buckets.sort((a, b) => a.index - b.index) };
  }

  private get bucketS(): number {
    return this.bucketDays * SECONDS_PER_DAY;
  }

  private bucket(index: number): DistinctCustomers {
    const found = this.buckets.get(index) ?? new DistinctCustomers();
    this.buckets.set(index, found);
    return found;
  }

  private shrink(): void {
    while (this.buckets.size > MOST_BUCKETS) {
      if (this.bucketDays < MOST_BUCKET_DAYS) this.join();
      else this.dropWeakest();
    }
  }

  /** The one with the fewest customers; of several, the latest. */
  private dropWeakest(): void {
    const [weakest] = [...this.buckets].sort(([i, a], [j, b]) => a.count - b.count || j - i)[0]!;
    this.buckets.delete(weakest);
  }

  private join(): void {
    const before = this.buckets;
    this.bucketDays *= 2;
    this.buckets = new Map();
    for (const [index, heard] of before) this.bucket(Math.floor(index / 2)).addAll(heard);
  }
}
