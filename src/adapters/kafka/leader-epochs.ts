/** Records of one leader of a partition: those at `start`, at `end − 1` and between were written in its epoch. */
export interface EpochSpan {
  readonly epoch: number;
  readonly start: number;
  readonly end: number;
}

/** The leader that wrote the record before an offset. */
export interface EpochMark {
  readonly epoch: number;
  readonly offset: number;
}

/** A log has this many leaders between two takeovers at most, else the oldest are forgotten. */
const MOST_SPANS = 32;

/**
 * Which leaders wrote the records that this process has read, or that the owner before has published, per partition. A leader elected out of
 * the replicas that lag has lost records and writes others over their offsets; the epochs alone show it (KIP-101, KIP-320).
 */
export class LeaderEpochs {
  /** By topic and partition, oldest first: epochs and offsets both rise. */
  private readonly spans = new Map<string, readonly EpochSpan[]>();
  private readonly cuts = new Map<string, { readonly cut: number; isTold: boolean }>();

  /** Records from `start` to `end` (exclusive) were written in this epoch. −1, of brokers that do not tell it, is passed over. */
  note(topic: string, partition: number, span: EpochSpan): void {
    if (span.epoch < 0 || span.end <= span.start) return;
    const key = keyOf(topic, partition);
    const before = this.spans.get(key) ?? [];
    const same = before.find(({ epoch }) => epoch === span.epoch);
    const merged =
      same === undefined
        ? span
        : { ...span, start: Math.min(same.start, span.start), end: Math.max(same.end, span.end) };
    // What contradicts the newest word is of a log that is gone.
    const older = before.filter(({ epoch, end }) => epoch < span.epoch && end <= merged.start);
    const newer = before.filter(({ epoch, start }) => epoch > span.epoch && start >= merged.end);
    this.spans.set(key, [...older, merged, ...newer].slice(-MOST_SPANS));
  }

  /** The leader that wrote the record before `offset`, or before the nearest known offset below it; null where none is known. */
  at(topic: string, partition: number, offset: number): EpochMark | null {
    const span = this.of(topic, partition).findLast(({ start }) => start < offset);
    return span === undefined ? null : { epoch: span.epoch, offset: Math.min(offset, span.end) };
  }

  of(topic: string, partition: number): readonly EpochSpan[] {
    return this.spans.get(keyOf(topic, partition)) ?? NOTHING;
  }

  /**
   * What the leader says of a log by what was known when it was asked: where it was cut, or null. Its newest word counts. Nothing happens
   * where more is known by now.
   */
  wasAsked(topic: string, partition: number, spans: readonly EpochSpan[], cut: number | null): void {
    const key = keyOf(topic, partition);
    if (spans !== this.of(topic, partition)) return;
    if (cut === null) this.cuts.delete(key);
    else this.cuts.set(key, { cut, isTold: false });
  }

  /** Where the log was cut; null where it was not, as far as is known. */
  cutOf(topic: string, partition: number): number | null {
    return this.cuts.get(keyOf(topic, partition))?.cut ?? null;
  }

  /** Whoever decides about a cut has been told of it. */
  told(topic: string, partition: number): void {
    const found = this.cuts.get(keyOf(topic, partition));
    if (found !== undefined) found.isTold = true;
  }

  /** Reading goes on by somebody's decision. A cut that was told is no news any more; one that nobody was told of still is. */
  positioned(topic: string, partition: number): void {
    if (this.cuts.get(keyOf(topic, partition))?.isTold) this.settle(topic, partition);
  }

  /** What lay beyond the cut is forgotten. */
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
