/** A bucket of the exponential histogram: 2^row observations as count, mean and sum of squared deviations. */
interface Bucket {
  readonly count: number;
  readonly mean: number;
  readonly squares: number;
}

const EMPTY: Bucket = { count: 0, mean: 0, squares: 0 };
/** Buckets of one size before the two oldest are merged (M in the paper). */
const BUCKETS_PER_ROW = 5;
/** Minimum number of observations on either side of a cut. */
const MIN_SIDE = 30;
/** Observations between two searches for a cut. */
const CHECK_EVERY = 32;

/**
 * ADWIN (Bifet and Gavaldà, Learning from time-changing data with adaptive windowing, 2007). It keeps a window over a stream. It drops
 * the older part when the means of the two parts differ by more than chance allows. O(log n) memory. Observations should be bounded,
 * about [0, 1].
 */
export class Adwin {
  /** Newest first. Counts never fall along the list. */
  private buckets: Bucket[] = [];
  private sinceCheck = 0;

  /** `delta`: bound on the probability of a false alarm at one cut. */
  constructor(private readonly delta = 0.002) {}

  get count(): number {
    return this.total().count;
  }

  get mean(): number {
    return this.total().mean;
  }

  /** Adds one observation. Returns whether the mean rose or fell, if the older part was dropped; else null. */
  add(value: number): 'rose' | 'fell' | null {
    this.buckets.unshift({ count: 1, mean: value, squares: 0 });
    this.compress();
    if (++this.sinceCheck < CHECK_EVERY) return null;
    this.sinceCheck = 0;
    const before = this.mean;
    if (!this.shrink()) return null;
    return this.mean > before ? 'rose' : 'fell';
  }

  private total(): Bucket {
    return this.buckets.reduce(merge, EMPTY);
  }

  private compress(): void {
    for (let from = 0; from < this.buckets.length; ) {
      const { count } = this.buckets[from]!;
      let until = from;
      while (this.buckets[until]?.count === count) until++;
      if (until - from <= BUCKETS_PER_ROW) return;
      this.buckets.splice(until - 2, 2, merge(this.buckets[until - 2]!, this.buckets[until - 1]!));
      from = until - 2;
    }
  }

  /** Drops the oldest buckets while some cut separates the two sides. */
  private shrink(): boolean {
    let shrunk = false;
    while (this.differs()) {
      this.buckets.pop();
      shrunk = true;
    }
    return shrunk;
  }

  private differs(): boolean {
    const whole = this.total();
    if (whole.count < 2 * MIN_SIDE) return false;
    const logTerm = Math.log((2 * Math.log(whole.count)) / this.delta);
    const variance = whole.squares / whole.count;
    let newer = EMPTY;
    for (const bucket of this.buckets) {
      newer = merge(newer, bucket);
      const older = whole.count - newer.count;
      if (newer.count < MIN_SIDE) continue;
      if (older < MIN_SIDE) return false;
      const olderMean = (whole.count * whole.mean - newer.count * newer.mean) / older;
      const harmonic = 1 / (1 / newer.count + 1 / older);
      const bound = Math.sqrt((2 / harmonic) * variance * logTerm) + (2 / (3 * harmonic)) * logTerm;
      if (Math.abs(newer.mean - olderMean) > bound) return true;
    }
    return false;
  }
}

function merge(a: Bucket, b: Bucket): Bucket {
  const count = a.count + b.count;
  if (count === 0) return EMPTY;
  const shift = b.mean - a.mean;
  return {
    count,
    mean: a.mean + (shift * b.count) / count,
    squares: a.squares + b.squares + (shift * shift * a.count * b.count) / count,
  };
}
