import type { OutputRecord } from './light-fold';
import type { Variant } from './variants';

/** Offsets moved by a transaction: E, or the sentinel of a take-over. */
export type OffsetsMove = { readonly emitted: readonly number[] } | { readonly sentinel: number };

interface Transaction {
  readonly records: OutputRecord[];
  readonly moves: OffsetsMove[];
}

export type Answer = 'ok' | 'fenced' | 'refused';

/**
 * One transactional id, its coordinator, the output partition and the group's offsets, as the protocol before KIP-890 has them: the end
 * of a transaction names no transaction, so it ends whichever is open under its producer epoch.
 */
export class SimulatedKafka {
  /** What read_committed readers see, in order. */
  readonly output: OutputRecord[] = [];
  writes = 0;
  /** Transactions whose offsets did not show at once. */
  settledLate = 0;
  private epoch = 0;
  private readonly open = new Map<number, Transaction>();
  /** Committed, and not yet shown by the group coordinator (KAFKA-17507). */
  private readonly settling: OffsetsMove[] = [];
  private emitted: readonly number[] | null = null;
  private sentinel = 0;

  constructor(
    private readonly variant: Variant,
    /** Whether committed offsets may show late. */
    private readonly settlesLate: boolean,
  ) {}

  /** InitProducerId: a new epoch, which fences the older ones and aborts what is open. */
  initProducer(): number {
    this.epoch++;
    this.writes++;
    if (!this.variant.noProducerFencing) this.open.clear();
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

  /** EndTxn with commit. Without an open transaction it answers as the end before did. */
  commit(epoch: number): Answer {
    if (this.isFenced(epoch)) return 'fenced';
    const transaction = this.open.get(epoch);
    if (transaction === undefined) return 'ok';
    this.open.delete(epoch);
    this.writes++;
    this.output.push(...transaction.records);
    this.settling.push(...transaction.moves);
    if (this.settlesLate) this.settledLate++;
    else this.settleAll();
    return 'ok';
  }

  readOffsets(): { readonly emitted: readonly number[] | null; readonly sentinel: number } {
    return { emitted: this.emitted, sentinel: this.sentinel };
  }

  /** Shows the oldest committed move; false where there is none. */
  settle(): boolean {
    const move = this.settling.shift();
    if (move === undefined) return false;
    if ('emitted' in move) this.emitted = move.emitted;
    else this.sentinel = move.sentinel;
    return true;
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
