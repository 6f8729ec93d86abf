import type { Covering } from '../../../src/delivery/partition-machine';
import { chainHash } from '../../../src/domain/sequence-state';
import type { InputRecord } from './input-logs';

/** What the delivery promises of a customer's state: per topic the count and running hash of folded offsets, as production keeps them. */
export interface CustomerState {
  readonly counts: readonly number[];
  readonly hashes: readonly number[];
}

/** An update, or a dead letter (then without a state), with its source. */
export interface OutputRecord extends Covering {
  readonly source: InputRecord;
  readonly state: CustomerState | null;
  /** E as far as the folder knew it. */
  readonly emitted: readonly number[];
}

export interface Batch {
  readonly folded: readonly number[];
  readonly records: readonly OutputRecord[];
  readonly states: ReadonlyMap<number, CustomerState>;
}

export function foldOne(state: CustomerState | null, { topic, offset }: InputRecord, topics: number): CustomerState {
  const counts = state === null ? new Array<number>(topics).fill(0) : [...state.counts];
  const hashes = state === null ? new Array<number>(topics).fill(0) : [...state.hashes];
  counts[topic]! += 1;
  hashes[topic] = chainHash(hashes[topic]!, offset);
  return { counts, hashes };
}

/** The service's fold of a micro-batch, with nothing left of it but what delivery is about. */
export function lightFold(
  items: readonly InputRecord[],
  loaded: ReadonlyMap<number, CustomerState | null>,
  from: readonly number[],
  emitted: readonly number[],
  skipsBehind: boolean,
): Batch {
  const folded = [...from];
  const records: OutputRecord[] = [];
  const states = new Map<number, CustomerState>();
  for (const source of items) {
    const { topic, offset, customer, poison } = source;
    if (skipsBehind && offset < folded[topic]!) continue;
    const before = states.get(customer) ?? loaded.get(customer) ?? null;
    const state = poison ? null : foldOne(before, source, folded.length);
    if (state !== null) states.set(customer, state);
    folded[topic] = offset + 1;
    records.push({ source, state, emitted, covers: folded.map((_, other) => (other === topic ? offset : -1)) });
  }
  return { folded, records, states };
}
