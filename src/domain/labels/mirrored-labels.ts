import { TOPIC_OF_KIND } from '../event';
import { type JudgedScore, PREQUENTIAL_HORIZONS_DAYS } from '../prequential/judged-score';
import { emptyState, type SequenceState } from '../state/sequence-state';
import { NEVER_S } from '../state/summary';
import {
  emptyCounters,
  type LabelChanges,
  type LabelCounters,
  type LabelProgress,
  type LabelSources,
} from './label-progress';
import type { LearningLabels } from './learning-labels';
import type { Origin, OriginKey } from './origins';
import type { TimeJump } from './time-front';

/** Maximum number of decoded states kept between two slices. */
const KEPT_STATES = 20_000;

/** What the mirror asks of the stored states. */
export interface MirrorSources extends Pick<LabelSources, 'load' | 'decode'> {
  /** False for a customer with attributes alone. */
  hasEvents(state: Uint8Array): boolean;
}

/** A copy of a partition's labels, made from what its owner has published. It folds nothing and opens nothing. */
export class MirroredLabels implements LearningLabels {
  private clock = NEVER_S;
  private counters = emptyCounters();
  private jumped: readonly TimeJump[] = [];
  private readonly byKey = new Map<string, Origin>();
  private readonly known = new Set<string>();
  /** By horizon and sequence, oldest first. */
  private readonly judged = PREQUENTIAL_HORIZONS_DAYS.map(() => new Map<number, JudgedScore>());
  private readonly states = new Map<string, SequenceState>();

  constructor(
    readonly partition: number,
    progress: LabelProgress | null,
    private readonly sources: MirrorSources,
    /** Called for each origin that was trained on. The owner of the partition has to learn of it. */
    private readonly onTrained: (origin: Origin, closed: number) => void,
  ) {
    if (progress === null) return;
    this.clock = progress.clockS;
    this.counters = progress.counters;
    this.jumped = jumpsOf(progress);
    for (const origin of progress.origins) this.byKey.set(keyOf(origin), origin);
    for (const customerId of progress.customers) this.known.add(customerId);
    const scores = [...progress.judgedScores].sort((a, b) => a.sequence - b.sequence);
    for (const score of scores) this.judged[score.horizon]!.set(score.sequence, score);
  }

  get clockS(): number {
    return this.clock;
  }

  get openOrigins(): number {
    return this.countOrigins(({ tally }) => tally.endedAtS === null);
  }

  get reservoirCount(): number {
    return this.countOrigins(({ tally }) => tally.sampled);
  }

  count(): Readonly<LabelCounters> {
    return this.counters;
  }

  jumps(): readonly TimeJump[] {
    return this.jumped;
  }

  origins(): Iterable<Origin> {
    return this.byKey.values();
  }

  customers(): Iterable<string> {
    return this.known;
  }

  state(customerId: string): SequenceState {
    const cached = this.states.get(customerId);
    if (cached !== undefined) return cached;
    const stored = this.sources.load(customerId);
    const state = stored === null ? emptyState(0) : this.sources.decode(stored);
    if (this.states.size < KEPT_STATES) this.states.set(customerId, state);
    return state;
  }

  markTrained(origin: Origin, closed: number): void {
    origin.tally.trainedIntervals = closed;
    this.onTrained(origin, closed);
  }

  judgedScores(): Iterable<JudgedScore> {
    return this.judged.flatMap((ofHorizon) => [...ofHorizon.values()]);
  }

  waitingSinceS(horizon: number): number | null {
    let oldestS: number | null = null;
    for (const { atS, score, tally } of this.byKey.values()) {
      if (score === null || tally.endedAtS !== null || tally.judged > horizon) continue;
      oldestS = Math.min(oldestS ?? atS, atS);
    }
    return oldestS;
  }

  /** Takes the next slice. An origin that is only touched stays the same object, because models on trial remember their answers by it. */
  apply(changes: LabelChanges): void {
    this.clock = changes.clockS;
    this.counters = changes.counters;
    this.jumped = jumpsOf(changes);
    this.states.clear();
    for (const [customerId, state] of changes.states) if (this.sources.hasEvents(state)) this.known.add(customerId);
    for (const origin of changes.originsOpened) this.byKey.set(keyOf(origin), origin);
    for (const touched of changes.originsTouched) {
      const origin = this.byKey.get(keyOf(touched));
      if (origin !== undefined) Object.assign(origin.tally, touched.tally);
    }
    for (const dropped of changes.originsDropped) this.byKey.delete(keyOf(dropped));
    for (const score of changes.scoresJudged) this.judged[score.horizon]!.set(score.sequence, score);
    for (const { horizon, sequence } of changes.scoresForgotten) this.judged[horizon]!.delete(sequence);
  }

  private countOrigins(holds: (origin: Origin) => boolean): number {
    let count = 0;
    for (const origin of this.byKey.values()) if (holds(origin)) count++;
    return count;
  }
}

const keyOf = ({ customerId, atS }: OriginKey): string => `${atS} ${customerId}`;

function jumpsOf({ topics }: Pick<LabelChanges, 'topics'>): readonly TimeJump[] {
  return topics[TOPIC_OF_KIND.order]?.pace?.jumps ?? [];
}
