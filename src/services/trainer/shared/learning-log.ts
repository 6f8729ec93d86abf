import { NEVER_S } from '../../../domain/state/summary';
import type { Clock } from '../../../ports/clock';
import type { LogReader, LogRecord, LogWriter } from '../../../ports/log';
import type { StoredTrial, TrainingProgress } from '../../../ports/trainer-store';
import type { KeyedRecord } from '../../../serde/label-records';
import {
  decodeLearningEntry,
  encodeArtefactRecord,
  encodeLearning,
  encodeMarks,
  type LearningRecord,
  LearningRecordError,
  type TrainedMarks,
  type TrialRecord,
} from '../../../serde/learning-records';
import type { Sha256 } from '../../../serde/model-artefact';
import { appendOwned } from './ownership';

/** What the learner has last published. */
export interface Learning {
  /** End of the day that every partition may work up to, seconds. The day before it is done. null before the first event is known. */
  readonly limitS: number | null;
  /** Latest event time up to which any partition was read, seconds. It moves partitions that are silent. */
  readonly furthestS: number;
  readonly progress: TrainingProgress;
  /** Origins that the last round trained on; null before the first round. */
  readonly marks: TrainedMarks | null;
}

export interface LearningLogPorts {
  readonly reader: LogReader;
  readonly clock: Clock;
  readonly sha256: Sha256;
}

/** The topic has one partition, so that days have one order. */
const PARTITION = 0;

/**
 * The learning topic: what the learner has made of the labels, day by day. It is compacted. An artefact is stored once, under its digest, as
 * long as the progress refers to it. Everything of a day is one append, and its progress record comes last.
 */
export class LearningLog {
  private readonly artefacts = new Map<string, Uint8Array>();
  /** Of the last round, by their number. */
  private readonly marks = new Map<number, TrainedMarks>();
  private newest: LearningRecord | null = null;
  private nextOffset = 0;

  constructor(
    private readonly ports: LearningLogPorts,
    readonly topic: string,
  ) {}

  /** Reads from the beginning to the end. null if nothing was published. */
  async restore(): Promise<Learning | null> {
    const { reader } = this.ports;
    const { start } = await reader.bounds(this.topic, PARTITION);
    this.nextOffset = start;
    await reader.readToEnd([{ topic: this.topic, partition: PARTITION, offset: start }], async (batch) => {
      for (const record of batch.records) this.take(record);
      this.nextOffset = batch.nextOffset;
    });
    if (this.newest === null) return null;
    const learning = this.resolved(this.newest);
    if (learning !== null) return learning;
    throw new LearningRecordError(`record "progress" of the learning topic can't be read: an artefact is missing`);
  }

  /** After {@link restore}: delivers what is published later. If several are published quickly, an older one may be left out. */
  async follow(onLearning: (learning: Learning) => void, signal: AbortSignal): Promise<void> {
    await this.ports.reader.follow(
      [{ topic: this.topic, partition: PARTITION, offset: this.nextOffset }],
      async ({ records }) => {
        for (const record of records) {
          if (!this.take(record)) continue;
          // Compaction may have removed an artefact that only this progress refers to. A later one then follows.
          const learning = this.resolved(this.newest!);
          if (learning !== null) onLearning(learning);
        }
      },
      signal,
    );
  }

  /** After {@link restore}, by the learner alone. Rejects with WriterFenced or OwnershipUnsure. */
  async publish(writer: LogWriter, { limitS, furthestS, progress, marks }: Learning): Promise<void> {
    const used = new Map<string, Uint8Array>();
    const digest = (artefact: Uint8Array): string => {
      const of = this.ports.sha256(artefact);
      used.set(of, artefact);
      return of;
    };
    const optional = (artefact: Uint8Array | null) => (artefact === null ? null : digest(artefact));
    const trial = (stored: StoredTrial | null): TrialRecord | null =>
      stored === null
        ? null
        : {
            champion: digest(stored.championArtefact),
            challenger: digest(stored.challengerArtefact),
            startedAtS: stored.startedAtS,
            alpha: stored.alpha,
          };
    const { championArtefact, previousArtefact, traineeArtefact, ...plain } = progress;
    const record: LearningRecord = {
      ...plain,
      limitS,
      furthestS,
      champion: digest(championArtefact),
      previous: optional(previousArtefact),
      trainee: optional(traineeArtefact),
      trial: trial(progress.trial),
      watch: trial(progress.watch),
    };
    const records: KeyedRecord[] = [];
    for (const [of, artefact] of used) if (!this.artefacts.has(of)) records.push(encodeArtefactRecord(of, artefact));
    for (const of of this.artefacts.keys()) if (!used.has(of)) records.push(encodeArtefactRecord(of, null));
    if (marks !== null && marks.dayS !== this.trained()?.dayS) records.push(...encodeMarks(marks));
    records.push(encodeLearning(record));
    const timestampMs = this.ports.clock.nowMs();
    await appendOwned(
      writer,
      records.map((keyed) => ({ ...keyed, topic: this.topic, partition: PARTITION, timestampMs })),
    );
    this.artefacts.clear();
    for (const [of, artefact] of used) this.artefacts.set(of, artefact);
    this.marks.clear();
    if (marks !== null) this.marks.set(0, marks);
    this.newest = record;
  }

  private trained(): TrainedMarks | null {
    const parts = [...this.marks].sort(([a], [b]) => a - b).map(([, part]) => part);
    return parts.length === 0 ? null : { dayS: parts[0]!.dayS, marks: parts.flatMap(({ marks }) => marks) };
  }

  /** True if the record completes a progress. */
  private take(record: LogRecord): boolean {
    const entry = decodeLearningEntry(record);
    if (entry === null) return false;
    if (entry.kind === 'artefact') {
      if (entry.artefact === null) this.artefacts.delete(entry.digest);
      else this.artefacts.set(entry.digest, entry.artefact);
    } else if (entry.kind === 'marks') {
      if (this.trained()?.dayS !== entry.marks.dayS) this.marks.clear();
      this.marks.set(entry.part, entry.marks);
    } else this.newest = entry.progress;
    return entry.kind === 'progress';
  }

  /** null if an artefact is missing. */
  private resolved({ limitS, furthestS, champion, previous, trainee, ...plain }: LearningRecord): Learning | null {
    let complete = true;
    const artefact = (of: string): Uint8Array => {
      const found = this.artefacts.get(of);
      complete &&= found !== undefined;
      return found ?? new Uint8Array();
    };
    const optional = (of: string | null) => (of === null ? null : artefact(of));
    const trial = (stored: TrialRecord | null): StoredTrial | null =>
      stored === null
        ? null
        : {
            championArtefact: artefact(stored.champion),
            challengerArtefact: artefact(stored.challenger),
            startedAtS: stored.startedAtS,
            alpha: stored.alpha,
          };
    const progress: TrainingProgress = {
      ...plain,
      championArtefact: artefact(champion),
      previousArtefact: optional(previous),
      traineeArtefact: optional(trainee),
      trial: trial(plain.trial),
      watch: trial(plain.watch),
    };
    return complete ? { limitS, furthestS, progress, marks: this.trained() } : null;
  }
}

/** Before the first event is known. */
export function beforeTheFirstDay(progress: TrainingProgress): Learning {
  return { limitS: null, furthestS: NEVER_S, progress, marks: null };
}
