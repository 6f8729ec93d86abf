import { greaterCovered } from '../../delivery/offset-vector';
import type { SourcePosition } from '../../domain/event';
import type { Rescored } from '../../domain/scoring/scorer';
import type { SequenceState } from '../../domain/state/sequence-state';
import type { ChangeSplit, ClvUpdate, UpdateTrigger } from '../../domain/update';
import type { OutboxRecord } from '../../ports/state-store';
import type { UpdateCodec } from '../../serde/update-codec';

/**
 * Which updates readers get. every: one per event. coalesce: one per customer and micro-batch. latest: one per customer and publication,
 * and publications of a partition keep a window of processing time between them.
 */
export type Emission = 'every' | 'coalesce' | 'latest';

/** What is to be said of one customer at the end of a micro-batch: one event's change, or that of several. */
export interface PendingUpdate {
  readonly state: SequenceState;
  readonly rescored: Rescored;
  readonly source: SourcePosition;
  readonly trigger: UpdateTrigger;
  /** Per input topic the highest offset covered, −1 for none. */
  readonly covers: readonly number[];
  readonly timestampMs: number;
  /** A position below E is among those covered: it was published before the state was rolled back. */
  readonly coversPublished: boolean;
}

/** One update instead of two of the same customer. The state is the same object, so it stands after the later one. */
export function mergePending(first: PendingUpdate, later: PendingUpdate): PendingUpdate {
  return {
    state: later.state,
    rescored: { ...later.rescored, change: addChanges(first.rescored.change, later.rescored.change) },
    ...mergeOrigin(first, later),
    covers: greaterCovered(first.covers, later.covers),
    timestampMs: later.timestampMs,
    coversPublished: first.coversPublished || later.coversPublished,
  };
}

/**
 * Of each customer's updates only the last, made to stand for all of them; dead letters as they are. What it returns covers what it was
 * given, so E may move over all of it. Updates are decoded only where a customer has several.
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
    // Deleted and set anew, so that customers stand in the order of their last update: that keeps sources in offset order.
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
    // Says whether `previous` is what was published before, and that is the first one's.
    refolded: first.refolded,
  };
}

/** An event outranks time: its position is audited, a tick's is not. */
function mergeOrigin<T extends Pick<ClvUpdate, 'source' | 'trigger'>>(first: T, later: T) {
  const { source, trigger } = first.trigger === 'event' && later.trigger === 'clock' ? first : later;
  return { source, trigger };
}

/** The effects add up, so that previous + model + silence + event = value holds from the first one's previous to the later one's value. */
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
  if (!decoded.ok) throw new Error(`an update of the outbox can't be read back: ${decoded.detail}`);
  return decoded.value;
}
