import type { LabelChanges, LabelProgress, PendingEvent } from '../../src/domain/labels/label-progress';
import type { Origin, OriginKey } from '../../src/domain/labels/origins';
import type { JudgedScore } from '../../src/domain/prequential/judged-score';
import type { TrainerStore, TrainingProgress } from '../../src/ports/trainer-store';
import { NEWEST_FORMAT } from '../../src/serde/format-level';
import { hasEvents } from '../../src/serde/state-blob';

/** The reference store in memory: maps of copies. The store on disk is compared with it. */
export class MemoryTrainerStore implements TrainerStore {
  readonly format = NEWEST_FORMAT;
  private readonly rows = new Map<number, Pick<LabelProgress, 'topics' | 'clockS' | 'counters'>>();
  private readonly states = new Map<string, Uint8Array>();
  private readonly pending = new Map<string, PendingEvent>();
  private readonly origins = new Map<string, Origin>();
  private readonly judged = new Map<string, JudgedScore>();
  private readonly letters = new Map<number, number>();
  private trained: TrainingProgress | null = null;

  progress(partition: number): LabelProgress | null {
    const row = this.rows.get(partition);
    if (row === undefined) return null;
    const of = <T>(map: ReadonlyMap<string, T>) =>
      [...map].filter(([key]) => (JSON.parse(key) as unknown[])[0] === partition);
    return structuredClone({
      partition,
      ...row,
      pending: of(this.pending).map(([, waiting]) => waiting),
      origins: of(this.origins).map(([, origin]) => origin),
      customers: of(this.states).flatMap(([key, state]) =>
        hasEvents(state) ? [(JSON.parse(key) as [number, string])[1]] : [],
      ),
      judgedScores: of(this.judged).map(([, score]) => score),
    });
  }

  /** Next offset per topic of a partition. */
  offsets(partition: number): number[] {
    return this.rows.get(partition)?.topics.map(({ nextOffset }) => nextOffset) ?? [0, 0, 0];
  }

  state(partition: number, customerId: string): Uint8Array | null {
    return this.states.get(JSON.stringify([partition, customerId])) ?? null;
  }

  training(): TrainingProgress | null {
    return this.trained;
  }

  commit(changes: readonly LabelChanges[], training: TrainingProgress | null): void {
    for (const change of changes) this.write(structuredClone(change));
    if (training !== null) this.trained = structuredClone(training);
  }

  replace(changes: LabelChanges): void {
    for (const rows of [this.states, this.pending, this.origins, this.judged])
      for (const key of [...rows.keys()]) if (JSON.parse(key)[0] === changes.partition) rows.delete(key);
    this.letters.delete(changes.partition);
    this.write(structuredClone(changes));
  }

  nextLetter(partition: number): number | null {
    return this.letters.get(partition) ?? null;
  }

  keepNextLetter(partition: number, offset: number): void {
    this.letters.set(partition, offset);
  }

  async close(): Promise<void> {}

  private write(change: LabelChanges): void {
    const p = change.partition;
    const { topics, clockS, counters } = change;
    this.rows.set(p, { topics, clockS, counters });
    for (const [customerId, state] of change.states) this.states.set(JSON.stringify([p, customerId]), state);
    for (const waiting of change.pendingAdded) this.pending.set(pendingKey(p, waiting), waiting);
    for (const waiting of change.pendingTaken) this.pending.delete(pendingKey(p, waiting));
    for (const origin of change.originsOpened) this.origins.set(originKey(p, origin), origin);
    for (const origin of change.originsTouched) {
      const stored = this.origins.get(originKey(p, origin));
      if (stored === undefined) throw new Error(`touched but never opened: ${originKey(p, origin)}`);
      this.origins.set(originKey(p, origin), { ...stored, tally: origin.tally });
    }
    for (const origin of change.originsDropped) this.origins.delete(originKey(p, origin));
    for (const score of change.scoresJudged) this.judged.set(judgedKey(p, score), score);
    for (const score of change.scoresForgotten) this.judged.delete(judgedKey(p, score));
  }
}

const pendingKey = (p: number, { topic, offset }: Pick<PendingEvent, 'topic' | 'offset'>): string =>
  JSON.stringify([p, topic, offset]);
const judgedKey = (p: number, { horizon, sequence }: Pick<JudgedScore, 'horizon' | 'sequence'>): string =>
  JSON.stringify([p, horizon, sequence]);
const originKey = (p: number, { atS, customerId }: OriginKey): string => JSON.stringify([p, customerId, atS]);
