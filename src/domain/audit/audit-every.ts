import { CUSTOMERS_TOPIC, type TopicIndex } from '../event';
import { chainHash } from '../math/hash';
import type { FoldedCount } from '../update';
import type { AuditedUpdate, AuditScope, PartitionAuditor, PositionVerdict } from './audit';
import { AuditTally } from './audit-tally';

/** A customer's folded offsets of one topic, as far as the input was read. */
interface Chain {
  /** As of the last position with an update. If the log's beginning is gone, null before the first one. */
  known: FoldedCount | null;
  /** Positions since then without an outcome. */
  open: { readonly offset: number; readonly mayBeCompacted: boolean }[];
}

/**
 * The audit of emission `every`. Each input position has exactly one outcome. The counts and hashes in updates follow from the inputs
 * that were folded.
 */
export class EveryAudit implements PartitionAuditor {
  private readonly tally: AuditTally;
  /** Per topic, by offset since the start: the count and hash in the position's update. */
  private readonly carried: { readonly counts: Float64Array; readonly hashes: Uint32Array }[];
  private readonly chains: Map<string, Chain>[];
  /** Counts in each customer's last update. */
  private readonly newest = new Map<string, readonly FoldedCount[]>();
  private readonly lastUpdate: number[];
  /**
   * Per topic: the first position whose update lies in the part of the log that was never compacted. Compaction leaves one record per
   * key. So that part begins at the first repeated key at the latest.
   */
  private readonly wholeFrom: (number | null)[];
  private inWholePart = false;

  constructor(
    partition: number,
    private readonly scope: AuditScope,
  ) {
    this.tally = new AuditTally(partition, scope);
    this.carried = scope.ranges.map(({ start, end }) => ({
      counts: new Float64Array(end - start),
      hashes: new Uint32Array(end - start),
    }));
    this.chains = scope.ranges.map(() => new Map());
    this.lastUpdate = scope.ranges.map(() => -1);
    this.wholeFrom = scope.ranges.map(() => null);
  }

  addUpdate(update: AuditedUpdate): void {
    const { customerId, folded, source, trigger } = update;
    if (this.newest.has(customerId)) this.inWholePart = true;
    this.newest.set(customerId, folded);
    if (trigger === 'clock') {
      this.tally.addSweep(update);
      return;
    }
    const { topic, offset } = source;
    if (topic === CUSTOMERS_TOPIC) {
      this.addProfileUpdate(offset);
      return;
    }
    this.tally.addUpdate(source);
    if (this.inWholePart) this.wholeFrom[topic] ??= offset;
    const at = this.tally.addOutcome(topic, offset);
    const isFirst = at === null || this.tally.outcomesAt(topic, offset) === 1;
    if (offset <= this.lastUpdate[topic]! && isFirst) this.tally.find('reordered', topic, offset);
    this.lastUpdate[topic] = Math.max(this.lastUpdate[topic]!, offset);
    if (at === null) return;
    this.carried[topic]!.counts[at] = folded[topic]!.count;
    this.carried[topic]!.hashes[at] = folded[topic]!.hash;
  }

  /** A compacted topic need not have an outcome for each position, but no position may have two. */
  private addProfileUpdate(offset: number): void {
    const last = this.lastUpdate[CUSTOMERS_TOPIC]!;
    if (offset <= last) this.tally.find(offset === last ? 'doubled' : 'reordered', CUSTOMERS_TOPIC, offset);
    this.lastUpdate[CUSTOMERS_TOPIC] = Math.max(last, offset);
  }

  addDeadLetter(topic: TopicIndex, offset: number): void {
    this.tally.addDeadLetter(topic, offset);
  }

  addInput(topic: TopicIndex, offset: number, customerId: string | null, timestampMs: number): void {
    const { tally } = this;
    if (!tally.addRecord(topic, offset)) return;
    const outcomes = tally.outcomesAt(topic, offset);
    if (outcomes === 0 && !tally.isPublished(topic, offset)) {
      tally.addPending(topic, offset, timestampMs);
      return;
    }
    tally.events += 1;
    if (outcomes > 1) tally.find('doubled', topic, offset);
    if (tally.isDeadLetter(topic, offset)) return;
    if (customerId === null) {
      if (outcomes === 0) tally.addUnfolded(topic, offset);
      return;
    }
    const chain = this.chainOf(topic, customerId);
    if (outcomes === 0) chain.open.push({ offset, mayBeCompacted: this.mayBeCompacted(topic, offset, timestampMs) });
    else this.followUpdate(topic, offset, chain);
  }

  verdict(): PositionVerdict {
    this.chains.forEach((chains, topic) => {
      for (const [customerId, chain] of chains) this.closeChain(topic, chain, this.newest.get(customerId)?.[topic]);
    });
    return this.tally.verdict();
  }

  private chainOf(topic: TopicIndex, customerId: string): Chain {
    const chains = this.chains[topic]!;
    let chain = chains.get(customerId);
    if (chain === undefined) {
      chain = { known: this.tally.startsLate(topic) ? null : { count: 0, hash: 0 }, open: [] };
      chains.set(customerId, chain);
    }
    return chain;
  }

  private followUpdate(topic: TopicIndex, offset: number, chain: Chain): void {
    const at = offset - this.scope.ranges[topic]!.start;
    const carried = { count: this.carried[topic]!.counts[at]!, hash: this.carried[topic]!.hashes[at]! };
    const before = chain.known;
    const opened = chain.open.map((open) => open.offset);
    if (before === null) {
      // The beginning is gone, so the first update's count cannot be checked and is accepted.
      this.settle(topic, chain, carried.count > opened.length);
    } else if (opened.length > 0 && same(extend(before, [...opened, offset]), carried)) {
      this.settle(topic, chain, true);
    } else {
      if (!same(extend(before, [offset]), carried)) this.tally.find('mismatched', topic, offset);
      this.settle(topic, chain, false);
    }
    chain.known = carried;
  }

  /**
   * Call it after the last input. Positions after the customer's last own update were folded if the customer's newest counts include
   * them.
   */
  private closeChain(topic: TopicIndex, chain: Chain, newest: FoldedCount | undefined): void {
    if (chain.open.length === 0) return;
    const reached = extend(
      chain.known ?? { count: 0, hash: 0 },
      chain.open.map((open) => open.offset),
    );
    const shown = newest !== undefined && newest.count >= reached.count;
    const agrees = chain.known === null || newest?.count !== reached.count || newest.hash === reached.hash;
    this.settle(topic, chain, shown && agrees);
  }

  private settle(topic: TopicIndex, chain: Chain, folded: boolean): void {
    for (const { offset, mayBeCompacted } of chain.open) {
      if (!folded) this.tally.addUnfolded(topic, offset);
      else if (mayBeCompacted) {
        this.tally.compacted += 1;
        this.tally.addUnsure(topic, offset);
      } else this.tally.find('lost', topic, offset);
    }
    chain.open = [];
  }

  private mayBeCompacted(topic: TopicIndex, offset: number, timestampMs: number): boolean {
    const compactable = offset < (this.wholeFrom[topic] ?? Number.POSITIVE_INFINITY);
    return (compactable && timestampMs < this.scope.updatesKeptSinceMs) || this.tally.mayBeCutOff(topic, offset);
  }
}

function extend(chain: FoldedCount, offsets: readonly number[]): FoldedCount {
  return { count: chain.count + offsets.length, hash: offsets.reduce(chainHash, chain.hash) };
}

function same(a: FoldedCount, b: FoldedCount): boolean {
  return a.count === b.count && a.hash === b.hash;
}
