import { greaterCovered } from '../../delivery/offset-vector';
import type { SourcePosition } from '../../domain/event';
import type { Rescored } from '../../domain/scoring/scorer';
import type { TierStep } from '../../domain/scoring/tier-cuts';
import type { SequenceState } from '../../domain/state/sequence-state';
import type { ChangeSplit, ClvUpdate, UpdateTrigger } from '../../domain/update';
import type { OutboxRecord } from '../../ports/state-store';
import type { UpdateCodec } from '../../serde/update-codec';

/**
 * Which updates are published. every: one per event. coalesce: one per customer and micro-batch. latest: one per customer and
 * publication, with a minimum of processing time between the publications of a partition.
 */
export type Emission = 'every' | 'coalesce' | 'latest';

/** One customer's update that waits for the end of the micro-batch. It holds the change by one event or by several. */
export interface PendingUpdate {
  readonly state: SequenceState;
  readonly rescored: Rescored;
  /** Of the last event. */
  readonly tier: TierStep;
  readonly source: SourcePosition;
  readonly trigger: UpdateTrigger;
  /** Per input topic the highest offset covered, −1 for none. */
  readonly covers: readonly number[];
  readonly timestampMs: number;
  /** True if a covered position is below the emitted offsets: it was published before the state was rolled back. */
  readonly coversPublished: boolean;
}

/** Merges two updates of one customer. Both refer to the same state object, which already includes the later event. */
export function mergePending(first: PendingUpdate, later: PendingUpdate): PendingUpdate {
  return {
    state: later.state,
    rescored: { ...later.rescored, change: addChanges(first.rescored.change, later.rescored.change) },
    tier: later.tier,
    ...mergeOrigin(first, later),
    covers: greaterCovered(first.covers, later.covers),
    timestampMs: later.timestampMs,
    coversPublished: first.coversPublished || later.coversPublished,
  };
}

/**
 * Merges each customer's updates into the last one and keeps dead letters as they are. The result covers all positions of
 * `records`, so the emitted offsets may move past them. Updates are decoded only if a customer has several.
 */
export function latestOnly(records: readonly OutboxRecord[], codec: UpdateCodec): OutboxRecord[] {
  const byCustomer = new Map<string, OutboxRecord[]>();
  const kept: OutboxRecord[] = [];
  for (const record of records) {
    if (record.kind !== 'update' || record.key === null) {
      kept.push(record);
      continue;
    }
    const customer = new TextDecoder().decode(record.key);
    const others = byCustomer.get(customer) ?? [];
    // Deleted and set again, so that the map is in the order of last updates. That keeps sources in offset order.
    byCustomer.delete(customer);
    byCustomer.set(customer, [...others, record]);
  }
  return [...kept, ...[...byCustomer.values()].map((several) => mergeRecords(several, codec))];
}

function mergeRecords(several: readonly OutboxRecord[], codec: UpdateCodec): OutboxRecord {
  const last = several.at(-1)!;
  if (several.length === 1) return last;
  const update = several.map((record) => decodeOwn(record, codec)).reduce(mergeUpdates);
  return {
    ...last,
    value: codec.encode(update),
    covers: several.map((record) => record.covers).reduce((a, b) => greaterCovered(a, b)),
  };
}

function mergeUpdates(first: ClvUpdate, later: ClvUpdate): ClvUpdate {
  return {
    ...later,
    ...mergeOrigin(first, later),
    change: addChanges(first.change, later.change),
    // The mark is about `previous`, which comes from the first update.
    refolded: first.refolded,
  };
}

/** An event takes precedence over a tick: the audit checks the positions of events only. */
function mergeOrigin<T extends Pick<ClvUpdate, 'source' | 'trigger'>>(first: T, later: T) {
  const { source, trigger } = first.trigger === 'event' && later.trigger === 'clock' ? first : later;
  return { source, trigger };
}

/** Sums the effects, so that previous + model + silence + event = value holds for the first previous and the later value. */
function addChanges(first: ChangeSplit, later: ChangeSplit): ChangeSplit {
  return {
    previous: first.previous,
    model: first.model + later.model,
    silence: first.silence + later.silence,
    event: first.event + later.event,
  };
}

function decodeOwn(record: OutboxRecord, codec: UpdateCodec): ClvUpdate {
  const decoded = codec.decode(record.value);
  if (!decoded.ok) throw new Error(`an update of the outbox can't be decoded: ${decoded.detail}`);
  return decoded.value;
}
