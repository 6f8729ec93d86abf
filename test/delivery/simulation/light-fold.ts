import type { Covering } from '../../../src/delivery/partition-machine';
import { chainHash } from '../../../src/domain/math/hash';
import type { InputRecord } from './input-logs';

/** The part of a customer's state that delivery guarantees: per topic, the count and running hash of folded offsets, as in production. */
export interface CustomerState {
  readonly counts: readonly number[];
  readonly hashes: readonly number[];
}

/** An update, or a dead letter (without a state), with its source. */
export interface OutputRecord extends Covering {
  readonly source: InputRecord;
  /** The source, and the other records that a merged update stands for. */
  readonly covered: readonly InputRecord[];
  readonly state: CustomerState | null;
  /** The emitted offsets that the folding worker had. */
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

/** The service's fold of a micro-batch, reduced to the parts that matter for delivery. */
export function lightFold(
  items: readonly InputRecord[],
  loaded: ReadonlyMap<number, CustomerState | null>,
  from: readonly number[],
  emitted: readonly number[],
  skipsBehind: boolean,
  coalesces: boolean,
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
    if (source.silent) continue;
    const covers = folded.map((_, other) => (other === topic ? offset : -1));
    records.push({ source, covered: [source], state, emitted, covers });
  }
  return { folded, records: coalesces ? coalesced(records) : records, states };
}

/** One update per customer, at the position of the last one, covering all of them. */
function coalesced(records: readonly OutputRecord[]): OutputRecord[] {
  return records.flatMap((last, at) => {
    if (last.state === null) return [last];
    const same = records.filter(({ state, source }) => state !== null && source.customer === last.source.customer);
    if (records.indexOf(same.at(-1)!) !== at) return [];
    const covers = last.covers.map((_, topic) => Math.max(...same.map((record) => record.covers[topic]!)));
    return [{ ...last, covered: same.flatMap(({ covered }) => covered), covers }];
  });
}
