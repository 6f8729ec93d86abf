import { coversUnpublished } from '../../delivery/offset-vector';
import { type DeadLetterReason, duplicateDetail } from '../../domain/dead-letter';
import type { CustomerEvent, SourcePosition, Tick } from '../../domain/event';
import { updateOf } from '../../domain/scoring/prediction';
import { changesTier, moveTier, type TierStep } from '../../domain/scoring/tier-cuts';
import type { SequenceState } from '../../domain/state/sequence-state';
import type { ClvUpdate } from '../../domain/update';
import { ByteWriter } from '../../serde/byte-cursor';
import { OLDEST_FORMAT } from '../../serde/format-level';
import { checkState, encodeState } from '../../serde/state-blob';
import { BatchCounts } from './batch-counts';
import { BatchOutput } from './batch-output';
import { CustomerStates, type LoadedCustomers } from './customer-states';
import { mergePending, type PendingUpdate } from './emission';
import type { FoldContext, FoldedBatch, FoldFailure } from './fold-types';
import { endOf, type InputItem, standsFor } from './input-queue';
import { foldFailedDetail, stateUnreadableDetail } from './set-aside-details';
import { covers } from './swept-shards';

const keys = new ByteWriter(64);
const SAMPLE_ONE_IN = 64;
/** Emission coalesce and latest write updates at the end of the batch. Until then each pending update counts as this many bytes. */
const PENDING_UPDATE_BYTES = 1_024;

/** The state that a careful customer returns to if a record fails. */
interface Checkpoint {
  readonly state: SequenceState;
  readonly wasTouched: boolean;
  readonly pending: ReadonlyMap<string, PendingUpdate>;
  readonly records: number;
}

/** One change of a customer that is to be published. */
interface Scored extends Pick<PendingUpdate, 'state' | 'rescored' | 'trigger'> {
  /** Missing: the tier in the state has not been moved yet. */
  readonly tier?: TierStep;
}

/** One pass over a micro-batch: see {@link foldBatch} in fold-batch.ts. */
export class BatchFold {
  /** Customers whose fold threw while no copy of their state was kept. If there are any, this pass is discarded. */
  readonly suspects = new Set<string>();
  private readonly states: CustomerStates;
  private readonly output: BatchOutput;
  private readonly counts = new BatchCounts();
  private readonly misplaced = new Map<string, (Uint8Array | null)[]>();
  private readonly failures: FoldFailure[] = [];
  /** By customer, in the order of their last event. */
  private readonly pending = new Map<string, PendingUpdate>();
  private readonly sampled: number[] = [];
  private readonly folded: number[];

  constructor(
    loaded: LoadedCustomers,
    private readonly context: FoldContext,
    private readonly careful: ReadonlySet<string>,
  ) {
    this.folded = [...context.folded];
    this.states = new CustomerStates(loaded, context.scorer.model.weights.shape.units);
    this.output = new BatchOutput(context.deadLetters, context.maxLetterBytes);
  }

  run(items: readonly InputItem[]): FoldedBatch {
    let taken = 0;
    while (taken < items.length && !this.isFull()) {
      const item = items[taken++]!;
      // Below the folded offsets: a repeated delivery after a seek or a rebalance. It is already in the state.
      if (endOf(item) <= this.folded[item.topic]!) continue;
      this.fold(item);
      this.folded[item.topic] = endOf(item);
      if (item.offset % SAMPLE_ONE_IN === 0) this.sampled.push(item.timestampMs);
    }
    for (const [customerId, pending] of this.pending) this.finish(customerId, () => this.publish(customerId, pending));
    const { output, counts, folded, failures, misplaced } = this;
    const { events, cleaned, tooLate, coalesced, replayed } = counts;
    const report = {
      events,
      updates: output.updates,
      deadLetters: output.letters,
      misplaced,
      tooLate,
      coalesced,
      replayed,
      cleaned,
      failures,
      unreadable: this.states.unreadable,
      sampledTimestampsMs: this.sampled,
    };
    return { states: this.encodedStates(), folded, records: output.records, taken, report };
  }

  private isFull(): boolean {
    const bytes = this.output.bytes + PENDING_UPDATE_BYTES * this.pending.size;
    return bytes >= this.context.settings.maxBatchBytes;
  }

  private encodedStates(): FoldedBatch['states'] {
    const states: FoldedBatch['states'][number][] = [];
    for (const [customerId, { state, isNew }] of this.states.changed()) {
      this.finish(customerId, () => states.push({ customerId, state: this.encode(state), isNew }));
    }
    return states;
  }

  private encode(state: SequenceState): Uint8Array {
    return encodeState(state, this.context.format ?? OLDEST_FORMAT);
  }

  /**
   * Runs at the end of the batch. A careful customer's records were already checked, so an error here belongs to no record.
   * It is thrown as a defect.
   */
  private finish(customerId: string, body: () => void): void {
    const error = this.attempt(customerId, body);
    if (error !== null) throw error;
  }

  private fold(item: InputItem): void {
    const { decoded } = item;
    if (!decoded.ok) this.deadLetter(item, decoded.reason, decoded.detail);
    else if (decoded.value.type === 'tick') this.sweep(item, decoded.value.tick);
    else this.event(item, decoded.value.event);
  }

  private event(item: InputItem, event: CustomerEvent): void {
    const { customerId } = event;
    if (this.suspects.has(customerId)) return;
    const entry = this.states.of(customerId);
    if (entry === null) {
      const why = this.states.unreadable.get(customerId)!;
      this.deadLetter(item, 'state-unreadable', stateUnreadableDetail(customerId, why));
      return;
    }
    this.checkBetween(customerId, entry.state);
    if (this.suspects.has(customerId)) return;
    const error = this.attempt(customerId, () => this.foldEvent(item, event, entry.state));
    if (error === null) return;
    this.failures.push(this.failureOf(item, customerId, 'fold', error));
    this.deadLetter(item, 'fold-failed', foldFailedDetail(event, error));
  }

  private foldEvent(item: InputItem, event: CustomerEvent, state: SequenceState): void {
    const { scorer } = this.context;
    const rescored = scorer.fold(state, event, this.sourceOf(item));
    if (rescored === null && event.kind !== 'profile') {
      this.deadLetter(item, 'duplicate', duplicateDetail(event));
      return;
    }
    this.states.touch(event.customerId);
    // No score: the customer has attributes only, and no event yet. There is nothing to publish.
    if (rescored !== null) this.emit(item, event.customerId, { state, rescored, trigger: 'event' });
    this.check(event.customerId, state);
    this.counts.event(event, rescored?.outcome ?? null, scorer.model.settings.typicalOrderMinor);
  }

  /** Re-scores the customers of the tick's shards that have been quiet. The caller must have loaded these shards. */
  private sweep(item: InputItem, tick: Tick): void {
    this.counts.tick();
    for (const customerId of this.states.customerIds) {
      if (this.suspects.has(customerId) || !covers(tick, customerId)) continue;
      const entry = this.states.of(customerId);
      if (entry === null) continue;
      const error = this.attempt(customerId, () => this.sweepCustomer(item, customerId, entry.state, tick));
      if (error !== null) this.failures.push(this.failureOf(item, customerId, 'sweep', error));
    }
  }

  private sweepCustomer(item: InputItem, customerId: string, state: SequenceState, tick: Tick): void {
    const { scorer, settings } = this.context;
    const { published } = state;
    if (published === null || tick.asOfS - published.asOfS < settings.quietAfterS) return;
    const before = { ...published };
    const rescored = scorer.rescore(state, tick.asOfS);
    const moved = Math.abs(rescored.value - before.value) > settings.quietChange * Math.abs(before.value);
    const tier = this.moveTier(state);
    if (!moved && !changesTier(before, tier, scorer.model) && before.modelVersion === scorer.model.version) {
      // Before a roll-back, under the model of that time, this tick may have published an update. So the next one is marked as refolded.
      const isBelowEmitted = item.offset < this.context.emitted[item.topic]!;
      if (isBelowEmitted && !before.refolded) this.states.touch(customerId);
      state.published = { ...before, refolded: before.refolded || isBelowEmitted };
      return;
    }
    this.states.touch(customerId);
    this.emit(item, customerId, { state, rescored, trigger: 'clock', tier });
    this.check(customerId, state);
  }

  /**
   * Runs one customer's part of the batch. For a careful customer, an error restores the customer and is returned.
   * For any other, it makes the customer a suspect. Returns null if nothing threw or the customer is a suspect.
   */
  private attempt(customerId: string, body: () => void): Error | null {
    const before = this.careful.has(customerId) ? this.checkpoint(customerId) : null;
    try {
      body();
      return null;
    } catch (thrown) {
      if (before === null) {
        this.suspects.add(customerId);
        return null;
      }
      this.restore(customerId, before);
      return thrown instanceof Error ? thrown : new Error(String(thrown));
    }
  }

  private checkpoint(customerId: string): Checkpoint {
    return {
      state: structuredClone(this.states.of(customerId)!.state),
      wasTouched: this.states.isTouched(customerId),
      pending: new Map(this.pending),
      records: this.output.records.length,
    };
  }

  private restore(customerId: string, { state, wasTouched, pending, records }: Checkpoint): void {
    this.states.restore(customerId, state, wasTouched);
    this.output.cutTo(records);
    // Replaced as a whole, because the order of the map is the order of the customers' last events.
    this.pending.clear();
    for (const [each, update] of pending) this.pending.set(each, update);
  }

  /**
   * Runs before the second and later records of a customer in a batch. The state between two records must be encodable.
   * Otherwise the record that is set aside would depend on batch boundaries. A careful customer was checked after the record.
   */
  private checkBetween(customerId: string, state: SequenceState): void {
    if (this.careful.has(customerId) || !this.states.isTouched(customerId)) return;
    this.attempt(customerId, () => checkState(state));
  }

  /** For a careful customer, encodes update and state after each record, so that an error is found at its record. */
  private check(customerId: string, state: SequenceState): void {
    if (!this.careful.has(customerId)) return;
    const pending = this.pending.get(customerId);
    if (pending !== undefined) this.context.updates.encode(this.updateFor(customerId, pending));
    this.encode(state);
  }

  private moveTier(state: SequenceState): TierStep {
    const { scorer, tierCuts = null } = this.context;
    return moveTier(state.published!, tierCuts, scorer.model);
  }

  private emit(item: InputItem, customerId: string, { state, rescored, trigger, tier }: Scored): void {
    const pending: PendingUpdate = {
      state,
      rescored,
      tier: tier ?? this.moveTier(state),
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
    const { updates, emitted } = this.context;
    const { state, covers, timestampMs } = pending;
    const value = updates.encode(this.updateFor(customerId, pending));
    state.published!.refolded = !coversUnpublished(covers, emitted);
    this.output.update({ kind: 'update', key: keys.write((out) => out.utf8(customerId)), value, timestampMs, covers });
  }

  private updateFor(customerId: string, pending: PendingUpdate): ClvUpdate {
    const { scorer, settings, emitted } = this.context;
    const { state, rescored, tier, source, trigger, covers, coversPublished } = pending;
    // Entirely below the emitted offsets: this update was already published before the roll-back. The next one is marked as refolded.
    // Partly below: this update is published itself, on top of the earlier ones, so it carries the mark.
    const refolded = state.published!.refolded || (coversPublished && coversUnpublished(covers, emitted));
    return updateOf(scorer, { customerId, state, rescored, tier, source, trigger, refolded }, settings.money);
  }

  private deadLetter(item: InputItem, reason: DeadLetterReason, detail: string): void {
    const { partition, settings } = this.context;
    const { offset, timestampMs, key, value } = item;
    const topic = settings.topics[item.topic]!;
    if (reason === 'wrong-partition') {
      const keys = this.misplaced.get(topic);
      if (keys === undefined) this.misplaced.set(topic, [key]);
      else keys.push(key);
    }
    const letter = { reason, detail, topic, partition, offset, timestampMs, key, value, ...standsFor(item) };
    this.output.deadLetter(letter, this.coverOf(item));
  }

  private failureOf(item: InputItem, customerId: string, during: FoldFailure['during'], error: Error): FoldFailure {
    const { topic, offset } = item;
    return { customerId, topic: this.context.settings.topics[topic]!, offset, during, error: error.message };
  }

  private coverOf(item: InputItem): number[] {
    const covers = new Array<number>(this.folded.length).fill(-1);
    covers[item.topic] = endOf(item) - 1;
    return covers;
  }

  private sourceOf(item: InputItem): SourcePosition {
    return { topic: item.topic, partition: this.context.partition, offset: item.offset };
  }
}
