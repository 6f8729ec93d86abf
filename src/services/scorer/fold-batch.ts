import { coversUnpublished } from '../../delivery/offset-vector';
import { type Cleaning, cleaningsOf } from '../../domain/cleaning';
import type { DeadLetterReason } from '../../domain/dead-letter';
import type { CustomerEvent, OffsetVector, SourcePosition, Tick } from '../../domain/event';
import { type Money, updateOf } from '../../domain/prediction';
import type { Rescored, Scorer } from '../../domain/scorer';
import { emptyState, type SequenceState } from '../../domain/sequence-state';
import type { UpdateTrigger } from '../../domain/update';
import type { OutboxRecord } from '../../ports/state-store';
import type { DeadLetterCodec } from '../../serde/dead-letter-codec';
import { encodeState } from '../../serde/state-blob';
import type { UpdateCodec } from '../../serde/update-codec';
import { type Emission, mergePending, type PendingUpdate } from './emission';
import type { InputItem } from './input-queue';

export interface FoldSettings {
  readonly money: Money;
  /** Names of the input topics, by TopicIndex. */
  readonly topics: readonly string[];
  /** A tick re-scores customers whose last score is older than this, seconds. */
  readonly quietAfterS: number;
  /** … and publishes where the value moved by more than this share of itself, or the model changed. */
  readonly quietChange: number;
  readonly emission: Emission;
}

export interface FoldContext {
  readonly partition: number;
  readonly scorer: Scorer;
  readonly updates: UpdateCodec;
  readonly deadLetters: DeadLetterCodec;
  readonly settings: FoldSettings;
  /** F before the batch, and E: what lies below E was published before a roll-back. */
  readonly folded: OffsetVector;
  readonly emitted: OffsetVector;
}

/** What one micro-batch commits, and what there is to tell about it. */
export interface FoldedBatch {
  readonly states: { readonly customerId: string; readonly state: Uint8Array; readonly isNew: boolean }[];
  readonly folded: number[];
  readonly records: OutboxRecord[];
  readonly events: Map<string, number>;
  readonly deadLetters: Map<DeadLetterReason, number>;
  /** Keys of records in a partition that they do not hash to, by the topic's name. */
  readonly misplaced: Map<string, (Uint8Array | null)[]>;
  readonly updates: number;
  readonly behindAnchor: number;
  readonly absorbed: number;
  readonly restepped: number;
  readonly cleaned: Map<Cleaning, number>;
  /** Log timestamps of one record in 64, ms. */
  readonly sampledTimestampsMs: number[];
}

const SAMPLE_ONE_IN = 64;

/** The customers a batch needs, beside those a tick adds. */
export function customersOf(items: readonly InputItem[]): string[] {
  const ids = new Set<string>();
  for (const { decoded } of items) {
    if (decoded.ok && decoded.value.type === 'event') ids.add(decoded.value.event.customerId);
  }
  return [...ids];
}

/** Folds a merged micro-batch into copies of the states: every record of an event ends in one update or one dead letter. */
export function foldBatch(
  items: readonly InputItem[],
  loaded: ReadonlyMap<string, SequenceState | null>,
  context: FoldContext,
): FoldedBatch {
  return new BatchFold(loaded, context).run(items);
}

class BatchFold {
  private readonly touched = new Map<string, { state: SequenceState; isNew: boolean }>();
  private readonly records: OutboxRecord[] = [];
  private readonly events = new Map<string, number>();
  private readonly cleaned = new Map<Cleaning, number>();
  private readonly letters = new Map<DeadLetterReason, number>();
  private readonly misplaced = new Map<string, (Uint8Array | null)[]>();
  /** By customer, in the order of their last event. */
  private readonly pending = new Map<string, PendingUpdate>();
  private readonly sampled: number[] = [];
  private readonly folded: number[];
  private updates = 0;
  private behindAnchor = 0;
  private absorbed = 0;
  private restepped = 0;

  constructor(
    private readonly loaded: ReadonlyMap<string, SequenceState | null>,
    private readonly context: FoldContext,
  ) {
    this.folded = [...context.folded];
  }

  run(items: readonly InputItem[]): FoldedBatch {
    for (const item of items) {
      // Behind F: delivered again after a seek or a rebalance, already in the state.
      if (item.offset < this.folded[item.topic]!) continue;
      this.fold(item);
      this.folded[item.topic] = item.offset + 1;
      if (item.offset % SAMPLE_ONE_IN === 0) this.sampled.push(item.timestampMs);
    }
    for (const [customerId, pending] of this.pending) this.publish(customerId, pending);
    const states = [...this.touched].map(([customerId, { state, isNew }]) => ({
      customerId,
      state: encodeState(state),
      isNew,
    }));
    const { folded, records, events, updates, behindAnchor, absorbed, restepped } = this;
    return {
      states,
      folded,
      records,
      events,
      deadLetters: this.letters,
      misplaced: this.misplaced,
      updates,
      behindAnchor,
      absorbed,
      restepped,
      cleaned: this.cleaned,
      sampledTimestampsMs: this.sampled,
    };
  }

  private fold(item: InputItem): void {
    const { decoded } = item;
    if (!decoded.ok) this.deadLetter(item, decoded.reason, decoded.detail);
    else if (decoded.value.type === 'tick') this.sweep(item, decoded.value.tick);
    else this.event(item, decoded.value.event);
  }

  private event(item: InputItem, event: CustomerEvent): void {
    const { scorer } = this.context;
    const entry = this.stateOf(event.customerId);
    const source = this.sourceOf(item);
    const rescored = scorer.fold(entry.state, event, source);
    if (rescored === null && event.kind !== 'profile') {
      this.deadLetter(
        item,
        'duplicate',
        `Event ${event.eventId} of customer ${event.customerId} was folded before; the upstream sent it twice.`,
      );
      return;
    }
    this.touched.set(event.customerId, entry);
    this.count(this.events, event.kind);
    const { typicalOrderMinor } = scorer.model.settings;
    for (const cleaning of cleaningsOf(event, typicalOrderMinor)) this.count(this.cleaned, cleaning);
    // Only attributes are known of them: there is nobody to score yet.
    if (rescored === null) return;
    if (rescored.outcome.window === 'behind-anchor') this.behindAnchor += 1;
    if (rescored.outcome.window === 'absorbed') this.absorbed += 1;
    if (rescored.outcome.step === 'again') this.restepped += 1;
    for (let i = 0; i < rescored.outcome.reversed; i++) this.count(this.cleaned, 'reversed-order');
    this.emit(item, event.customerId, entry.state, rescored, 'event');
  }

  /** Re-scores the loaded customers that have been quiet; the caller loaded the tick's shard. */
  private sweep(item: InputItem, tick: Tick): void {
    const { scorer, settings } = this.context;
    this.count(this.events, 'tick');
    for (const customerId of this.loaded.keys()) {
      const entry = this.touched.get(customerId) ?? this.stateOf(customerId);
      const { published } = entry.state;
      if (published === null || tick.asOfS - published.asOfS < settings.quietAfterS) continue;
      const before = { ...published };
      const rescored = scorer.rescore(entry.state, tick.asOfS);
      const moved = Math.abs(rescored.value - before.value) > settings.quietChange * Math.abs(before.value);
      if (!moved && before.modelVersion === scorer.model.version) {
        entry.state.published = before;
        continue;
      }
      this.touched.set(customerId, entry);
      this.emit(item, customerId, entry.state, rescored, 'clock');
    }
  }

  private emit(
    item: InputItem,
    customerId: string,
    state: SequenceState,
    rescored: Rescored,
    trigger: UpdateTrigger,
  ): void {
    const pending: PendingUpdate = {
      state,
      rescored,
      source: this.sourceOf(item),
      trigger,
      covers: this.coverOf(item),
      timestampMs: item.timestampMs,
      coversPublished: item.offset < this.context.emitted[item.topic]!,
    };
    if (this.context.settings.emission === 'every') {
      this.publish(customerId, pending);
      return;
    }
    const before = this.pending.get(customerId);
    this.pending.delete(customerId);
    this.pending.set(customerId, before === undefined ? pending : mergePending(before, pending));
  }

  private publish(customerId: string, pending: PendingUpdate): void {
    const { scorer, updates, settings, emitted } = this.context;
    const { state, rescored, source, trigger, covers, timestampMs, coversPublished } = pending;
    const update = updateOf(scorer, customerId, state, rescored, source, trigger, settings.money);
    const isNew = coversUnpublished(covers, emitted);
    // Wholly below E, this very record was published before the roll-back, and the next one says that its `previous` may differ; partly
    // below E, it goes out itself, on top of what was published.
    const refolded = update.refolded || (isNew && coversPublished);
    state.published!.refolded = !isNew;
    this.updates += 1;
    const key = new TextEncoder().encode(customerId);
    this.records.push({ kind: 'update', key, value: updates.encode({ ...update, refolded }), timestampMs, covers });
  }

  private deadLetter(item: InputItem, reason: DeadLetterReason, detail: string): void {
    const { partition, deadLetters, settings } = this.context;
    const { offset, timestampMs, key, value } = item;
    const topic = settings.topics[item.topic]!;
    this.count(this.letters, reason);
    if (reason === 'wrong-partition') {
      const keys = this.misplaced.get(topic);
      if (keys === undefined) this.misplaced.set(topic, [key]);
      else keys.push(key);
    }
    const letter = deadLetters.encode({ reason, detail, topic, partition, offset, timestampMs, key, value });
    this.records.push({ kind: 'dead-letter', key, value: letter, timestampMs, covers: this.coverOf(item) });
  }

  private coverOf(item: InputItem): number[] {
    return this.folded.map((_, topic) => (topic === item.topic ? item.offset : -1));
  }

  private stateOf(customerId: string): { state: SequenceState; isNew: boolean } {
    const touched = this.touched.get(customerId);
    if (touched !== undefined) return touched;
    const loaded = this.loaded.get(customerId) ?? null;
    return { state: loaded ?? emptyState(this.context.scorer.model.weights.shape.units), isNew: loaded === null };
  }

  private sourceOf(item: InputItem): SourcePosition {
    return { topic: item.topic, partition: this.context.partition, offset: item.offset };
  }

  private count<K>(counts: Map<K, number>, key: K): void {
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
}
