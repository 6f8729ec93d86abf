import type { OutputTail } from '../../../src/delivery/partition-machine';
import type { OutputRecord } from './light-fold';
import type { Variant } from './variants';

/** Offsets moved by a transaction: the emitted offsets, or the sentinel of a takeover. */
export type OffsetsMove =
  | {
      readonly emitted: readonly number[];
      /** Written by a version that marks the offsets and adds the header to each record. */
      readonly marked: boolean;
      readonly withRecords: boolean;
    }
  | { readonly sentinel: number };

/** A record that readers see, with its header if it has one: the emitted offsets that its transaction committed. */
export interface PublishedRecord extends OutputRecord {
  readonly commits: readonly number[] | null;
}

export interface GroupOffsets {
  readonly emitted: readonly number[] | null;
  readonly unmarked: readonly number[];
  readonly withRecords: readonly number[];
}

const NO_OFFSETS: GroupOffsets = { emitted: null, unmarked: [], withRecords: [] };

/** Number of records without the header that are read from the end of a topic. */
const READ_WITHOUT_HEADER = 2;

interface Transaction {
  readonly records: OutputRecord[];
  readonly moves: OffsetsMove[];
}

export type Answer = 'ok' | 'fenced' | 'refused';

/**
 * One transactional id, its coordinator, the output partition and the group's offsets, by the protocol before KIP-890. There, the end of a
 * transaction does not name its transaction, so it ends whichever is open under its producer epoch.
 */
export class SimulatedKafka {
  /** What read_committed readers see, in order. */
  readonly output: PublishedRecord[] = [];
  writes = 0;
  /** Transactions whose offsets were not visible at once. */
  settledLate = 0;
  /** Aborted transactions whose offsets became visible all the same. */
  abortedShown = 0;
  private epoch = 0;
  private readonly open = new Map<number, Transaction>();
  /** Committed, but not yet visible in the group coordinator (KAFKA-17507). */
  private readonly settling: OffsetsMove[] = [];
  /** The group's committed offsets, newest last. */
  private readonly cuts: GroupOffsets[] = [NO_OFFSETS];
  /** Returned instead of the newest offsets for this many reads, or until the next commit. */
  private stale: { readonly offsets: GroupOffsets; readsLeft: number } | null = null;
  private sentinel = 0;

  constructor(
    private readonly variant: Variant,
    /** Whether committed offsets may become visible late. */
    private readonly settlesLate: boolean,
    /** Whether the coordinator keeps the offsets of a transaction that it aborts. */
    private readonly keepsAborted: () => boolean = () => false,
  ) {}

  /** InitProducerId: a new epoch, which fences the older ones and aborts an open transaction. */
  initProducer(): number {
    this.epoch++;
    this.writes++;
    if (this.variant.noProducerFencing) return this.epoch;
    const moves = [...this.open.values()].flatMap((transaction) => transaction.moves);
    this.open.clear();
    for (const move of moves) {
      if ('sentinel' in move || !this.keepsAborted()) continue;
      this.abortedShown++;
      this.moved(offsetsOf(move));
    }
    return this.epoch;
  }

  sendOffsets(epoch: number, move: OffsetsMove): Answer {
    if (this.isFenced(epoch)) return 'fenced';
    this.transaction(epoch).moves.push(move);
    return 'ok';
  }

  produce(epoch: number, records: readonly OutputRecord[]): Answer {
    if (this.isFenced(epoch)) return 'fenced';
    this.transaction(epoch).records.push(...records);
    return 'ok';
  }

  /** EndTxn with commit. Without an open transaction it repeats the previous answer. */
  commit(epoch: number): Answer {
    if (this.isFenced(epoch)) return 'fenced';
    const transaction = this.open.get(epoch);
    if (transaction === undefined) return 'ok';
    this.open.delete(epoch);
    this.writes++;
    const move = transaction.moves.find((one) => 'emitted' in one);
    const commits = move?.marked ? move.emitted : null;
    this.output.push(...transaction.records.map((record) => ({ ...record, commits })));
    this.settling.push(...transaction.moves);
    if (this.settlesLate) this.settledLate++;
    else this.settleAll();
    return 'ok';
  }

  readOffsets(): GroupOffsets & { readonly sentinel: number } {
    const { stale, sentinel } = this;
    if (stale !== null && stale.readsLeft-- <= 0) this.stale = null;
    return { ...(this.stale?.offsets ?? this.cuts.at(-1)!), sentinel };
  }

  /** The coordinator answers from a state older than its own log. The sentinel is visible all the same. */
  forget(cuts: number, reads: number): void {
    const offsets = this.cuts.at(-1 - cuts) ?? NO_OFFSETS;
    this.stale = { offsets, readsLeft: reads };
  }

  /** A person sets the group's offsets. */
  setOffsets(emitted: readonly number[]): void {
    this.moved(offsetsOf({ emitted, marked: false, withRecords: false }));
  }

  /** The newest records of both output topics, as production reads them. */
  tail(topics: number): OutputTail {
    const { updatesTailOnly, sourcesOnly } = this.variant;
    const isUpdate = ({ state }: PublishedRecord) => state !== null;
    const logs = [this.output.filter(isUpdate), this.output.filter((record) => !isUpdate(record))];
    const tails = logs.slice(0, updatesTailOnly ? 1 : 2).map((log) => tailOf(log, topics, sourcesOnly ?? false));
    return {
      emitted: tails.map(({ emitted }) => emitted).reduce(highest),
      exact: tails.every(({ exact }) => exact),
    };
  }

  /** Makes the oldest committed move visible. Returns false if there is none. */
  settle(): boolean {
    const move = this.settling.shift();
    if (move === undefined) return false;
    if ('sentinel' in move) this.sentinel = move.sentinel;
    else this.moved(offsetsOf(move));
    return true;
  }

  private moved(cut: GroupOffsets): void {
    this.cuts.push(cut);
    this.stale = null;
  }

  settleAll(): void {
    while (this.settle());
  }

  private transaction(epoch: number): Transaction {
    let transaction = this.open.get(epoch);
    if (transaction === undefined) {
      transaction = { records: [], moves: [] };
      this.open.set(epoch, transaction);
    }
    return transaction;
  }

  private isFenced(epoch: number): boolean {
    return !this.variant.noProducerFencing && epoch !== this.epoch;
  }
}

function offsetsOf({ emitted, marked, withRecords }: Exclude<OffsetsMove, { sentinel: number }>): GroupOffsets {
  const all = [...emitted.keys()];
  return { emitted, unmarked: marked ? [] : all, withRecords: marked && withRecords ? all : [] };
}

function tailOf(log: readonly PublishedRecord[], topics: number, sourcesOnly: boolean): OutputTail {
  const nothing = new Array<number>(topics).fill(0);
  const ofSource = ({ source }: PublishedRecord) =>
    nothing.map((_, topic) => (topic === source.topic ? source.offset + 1 : 0));
  if (sourcesOnly) return { emitted: log.map(ofSource).reduce(highest, nothing), exact: true };
  let emitted = nothing;
  for (let back = 0; back < log.length; back++) {
    const record = log.at(-1 - back)!;
    if (record.commits !== null) return { emitted: highest(emitted, record.commits), exact: back === 0 };
    if (back === READ_WITHOUT_HEADER) break;
    emitted = highest(emitted, ofSource(record));
  }
  return { emitted, exact: log.length === 0 };
}

function highest(a: readonly number[], b: readonly number[]): number[] {
  return a.map((offset, topic) => Math.max(offset, b[topic]!));
}
