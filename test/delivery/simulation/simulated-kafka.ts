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

/** The protocol of transactions: 2 is that of KIP-890. */
export type TransactionVersion = 1 | 2;

/** A producer's epoch and the protocol it speaks. */
export interface Identity {
  readonly epoch: number;
  readonly version: TransactionVersion;
}

/**
 * One transactional id, its coordinator, the output partition and the group's offsets. In version 1, the end of a transaction does not name
 * its transaction, so it ends whichever is open under its producer epoch. In version 2, each end begins a new epoch. Then a request of a
 * transaction that has ended is fenced, and its end is answered as before, as long as nothing else has begun.
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
  /** The epoch that the last end of version 2 ended. */
  private ended: number | null = null;
  /** Brokers that were replaced by older ones know no requests of version 2. */
  private knowsVersion2 = true;

  constructor(
    private readonly variant: Variant,
    /** What new producers are told to speak. */
    private version: TransactionVersion,
    /** Whether committed offsets may become visible late. */
    private readonly settlesLate: boolean,
    /** Whether the coordinator keeps the offsets of a transaction that it aborts. */
    private readonly keepsAborted: () => boolean = () => false,
  ) {}

  /** InitProducerId: a new epoch, which fences the older ones and aborts an open transaction. */
  initProducer(isOld = false): Identity {
    this.epoch++;
    this.writes++;
    this.ended = null;
    const identity: Identity = { epoch: this.epoch, version: isOld ? 1 : this.version };
    if (this.variant.noProducerFencing) return identity;
    const moves = [...this.open.values()].flatMap((transaction) => transaction.moves);
    this.open.clear();
    for (const move of moves) {
      if ('sentinel' in move || !this.keepsAborted()) continue;
      this.abortedShown++;
      this.moved(offsetsOf(move));
    }
    return identity;
  }

  /** Upgrades or downgrades the cluster. Producers that are running go on with the version that they speak, if the brokers know it. */
  change(version: TransactionVersion, knowsVersion2: boolean): void {
    this.version = version;
    this.knowsVersion2 = version === 2 || knowsVersion2;
  }

  sendOffsets(identity: Identity, move: OffsetsMove): Answer {
    const refusal = this.refusal(identity);
    if (refusal !== null) return refusal;
    this.transaction(identity.epoch).moves.push(move);
    return 'ok';
  }

  produce(identity: Identity, records: readonly OutputRecord[]): Answer {
    const refusal = this.refusal(identity);
    if (refusal !== null) return refusal;
    this.transaction(identity.epoch).records.push(...records);
    return 'ok';
  }

  /** EndTxn with commit. Returns the identity for the next transaction. Without an open transaction it repeats the previous answer. */
  commit(identity: Identity): Identity | Exclude<Answer, 'ok'> {
    const { epoch, version } = identity;
    if (version === 2 && this.knowsVersion2 && epoch === this.ended && !this.open.has(this.epoch)) {
      return { version, epoch: this.epoch };
    }
    const refusal = this.refusal(identity);
    if (refusal !== null) return refusal;
    const transaction = this.open.get(epoch);
    if (transaction === undefined) return identity;
    this.open.delete(epoch);
    this.writes++;
    const next = this.afterEnd(identity);
    const move = transaction.moves.find((one) => 'emitted' in one);
    const commits = move?.marked ? move.emitted : null;
    this.output.push(...transaction.records.map((record) => ({ ...record, commits })));
    this.settling.push(...transaction.moves);
    if (this.settlesLate) this.settledLate++;
    else this.settleAll();
    return next;
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

  private afterEnd(identity: Identity): Identity {
    if (identity.version === 1 || this.variant.endWithoutEpoch) return identity;
    this.ended = identity.epoch;
    return { ...identity, epoch: ++this.epoch };
  }

  private refusal({ epoch, version }: Identity): 'fenced' | 'refused' | null {
    if (version === 2 && !this.knowsVersion2) return 'refused';
    return !this.variant.noProducerFencing && epoch !== this.epoch ? 'fenced' : null;
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
