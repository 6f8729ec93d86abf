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
  readonly #spans = new Map<string, readonly EpochSpan[]>();
  /** Logs that were found cut, until the partition is positioned anew. */
  readonly #cuts = new Map<string, number>();

  /** Records from `start` to `end` (exclusive) were written in this epoch. −1, of brokers that do not tell it, is passed over. */
  note(topic: string, partition: number, span: EpochSpan): void {
    if (span.epoch < 0 || span.end <= span.start) return;
    const key = keyOf(topic, partition);
    const before = this.#spans.get(key) ?? [];
    const same = before.find(({ epoch }) => epoch === span.epoch);
    const merged =
      same === undefined
        ? span
        : { ...span, start: Math.min(same.start, span.start), end: Math.max(same.end, span.end) };
    // What contradicts the newest word is of a log that is gone.
    const older = before.filter(({ epoch, end }) => epoch < span.epoch && end <= merged.start);
    const newer = before.filter(({ epoch, start }) => epoch > span.epoch && start >= merged.end);
    this.#spans.set(key, [...older, merged, ...newer].slice(-MOST_SPANS));
  }

  /** The leader that wrote the record before `offset`, or before the nearest known offset below it; null where none is known. */
  at(topic: string, partition: number, offset: number): EpochMark | null {
    const span = this.of(topic, partition).findLast(({ start }) => start < offset);
    return span === undefined ? null : { epoch: span.epoch, offset: Math.min(offset, span.end) };
  }

  of(topic: string, partition: number): readonly EpochSpan[] {
    return this.#spans.get(keyOf(topic, partition)) ?? [];
  }

  /** The log no longer holds what was read from `cut` on. Remembered for whoever asks before the partition is positioned anew. */
  wasCut(topic: string, partition: number, cut: number): void {
    const key = keyOf(topic, partition);
    const kept = this.of(topic, partition).filter(({ start }) => start < cut);
    this.#spans.set(
      key,
      kept.map((span) => ({ ...span, end: Math.min(span.end, cut) })),
    );
    this.#cuts.set(key, Math.min(cut, this.#cuts.get(key) ?? cut));
  }

  /** Where the log was cut; null where it was not. */
  cutOf(topic: string, partition: number): number | null {
    return this.#cuts.get(keyOf(topic, partition)) ?? null;
  }

  /** Reading goes on by somebody's decision: a cut found before is no news any more. */
  settled(topic: string, partition: number): void {
    this.#cuts.delete(keyOf(topic, partition));
  }
}

const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`;
