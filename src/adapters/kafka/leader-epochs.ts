/** Records from `start` to before `end` that one leader wrote in its epoch. */
export interface EpochSpan {
  readonly epoch: number;
  readonly start: number;
  readonly end: number;
}

/** The leader epoch of the record before an offset. */
export interface EpochMark {
  readonly epoch: number;
  readonly offset: number;
}

/** Maximum number of leaders remembered per log between two takeovers. The oldest are dropped first. */
const MOST_SPANS = 32;

/**
 * The leader epochs of the records that this process has read, or that the previous owner has published, per partition.
 * A leader elected from replicas that lag has lost records, and it writes others at the same offsets. Only the epochs show this (KIP-101,
 * KIP-320).
 */
export class LeaderEpochs {
  /** By topic and partition, oldest first. Epochs and offsets both rise. */
  private readonly spans = new Map<string, readonly EpochSpan[]>();
  private readonly cuts = new Map<string, { readonly cut: number; isReported: boolean }>();

  /** Notes that the records from `start` to before `end` have this epoch. Ignores −1, which brokers without epochs send. */
  note(topic: string, partition: number, span: EpochSpan): void {
    if (span.epoch < 0 || span.end <= span.start) return;
    const key = keyOf(topic, partition);
    const before = this.spans.get(key) ?? [];
    const same = before.find(({ epoch }) => epoch === span.epoch);
    const merged =
      same === undefined
        ? span
        : { ...span, start: Math.min(same.start, span.start), end: Math.max(same.end, span.end) };
    // Spans that contradict the newest one belong to a log that no longer exists.
    const older = before.filter(({ epoch, end }) => epoch < span.epoch && end <= merged.start);
    const newer = before.filter(({ epoch, start }) => epoch > span.epoch && start >= merged.end);
    this.spans.set(key, [...older, merged, ...newer].slice(-MOST_SPANS));
  }

  /** The epoch of the record before `offset`, or before the nearest noted offset below it. null if none is noted. */
  at(topic: string, partition: number, offset: number): EpochMark | null {
    const span = this.of(topic, partition).findLast(({ start }) => start < offset);
    return span === undefined ? null : { epoch: span.epoch, offset: Math.min(offset, span.end) };
  }

  of(topic: string, partition: number): readonly EpochSpan[] {
    return this.spans.get(keyOf(topic, partition)) ?? NOTHING;
  }

  /**
   * Stores a leader's answer for a log: the offset at which it was cut, or null. `spans` is what was noted when the request was sent. The
   * answer is dropped if more has been noted since.
   */
  noteCut(topic: string, partition: number, spans: readonly EpochSpan[], cut: number | null): void {
    const key = keyOf(topic, partition);
    if (spans !== this.of(topic, partition)) return;
    if (cut === null) this.cuts.delete(key);
    else this.cuts.set(key, { cut, isReported: false });
  }

  /** The offset at which the log was cut. null if no cut has been seen. */
  cutOf(topic: string, partition: number): number | null {
    return this.cuts.get(keyOf(topic, partition))?.cut ?? null;
  }

  /** The cut has been reported to the receiver, who decides on it. */
  markReported(topic: string, partition: number): void {
    const found = this.cuts.get(keyOf(topic, partition));
    if (found !== undefined) found.isReported = true;
  }

  /** The receiver has set the position. A reported cut is done with; an unreported one stays. */
  positioned(topic: string, partition: number): void {
    if (this.cuts.get(keyOf(topic, partition))?.isReported) this.settle(topic, partition);
  }

  /** Drops what was noted beyond the cut. */
  settle(topic: string, partition: number): void {
    const key = keyOf(topic, partition);
    const cut = this.cuts.get(key)?.cut;
    if (cut === undefined) return;
    const kept = this.of(topic, partition).filter(({ start }) => start < cut);
    this.spans.set(
      key,
      kept.map((span) => ({ ...span, end: Math.min(span.end, cut) })),
    );
    this.cuts.delete(key);
  }

  forget(topic: string, partition: number): void {
    const key = keyOf(topic, partition);
    this.spans.delete(key);
    this.cuts.delete(key);
  }
}

const NOTHING: readonly EpochSpan[] = [];

const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`;
