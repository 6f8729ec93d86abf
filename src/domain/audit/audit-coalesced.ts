import { CUSTOMERS_TOPIC, type SourcePosition, type TopicIndex } from '../event';
import { chainHash } from '../math/hash';
import type { FoldedCount } from '../update';
import type { AuditedUpdate, AuditScope, PartitionAuditor, PositionVerdict } from './audit';
import { AuditTally } from './audit-tally';

/** What a customer's updates say of one topic, and how far the input has borne it out. */
interface CustomerTopic {
  /** Each count that an update carried, rising. */
  readonly claims: FoldedCount[];
  /** Claims before this one are borne out. */
  nextClaim: number;
  /** The input's own chain; null before the first position that an update names, where the log's beginning is gone. */
  chain: FoldedCount | null;
}

/**
 * The audit of emissions `coalesce` and `latest`, where an update stands for several events: per customer and topic the counts that updates
 * carry never fall, each follows with its hash from the input, and the last one ends at the input's count. It holds for `every` too, so a
 * log that was written under several modes can be judged by it.
 */
export class CoalescedAudit implements PartitionAuditor {
  private readonly tally: AuditTally;
  private readonly customers = new Map<string, CustomerTopic[]>();
  /** Updates by their source, where a topic's beginning is gone: the chain starts at them. */
  private readonly chainStarts = new Map<string, FoldedCount>();
  private readonly sources: SourcePosition[] = [];
  /** By customer the time of their last update. */
  private readonly newestS = new Map<string, number>();
  /** By customer the profile that their last update of one came from: these move no count. */
  private readonly lastProfile = new Map<string, number>();

  constructor(
    partition: number,
    private readonly scope: AuditScope,
  ) {
    this.tally = new AuditTally(partition, scope);
  }

  addUpdate(update: AuditedUpdate): void {
    const { customerId, folded, source, trigger } = update;
    const ofProfile = trigger === 'event' && source.topic === CUSTOMERS_TOPIC;
    if (trigger === 'clock') this.tally.addSweep(update);
    else if (!ofProfile) {
      this.tally.addUpdate(source);
      this.sources.push(source);
      if (this.tally.startsLate(source.topic)) this.chainStarts.set(keyOf(source), folded[source.topic]!);
    }
    const topics = this.topicsOf(customerId);
    const last = topics.map(({ claims }) => claims.at(-1)?.count ?? 0);
    const moved = folded.map(({ count }, topic) => Math.sign(count - last[topic]!));
    const isNewProfile = ofProfile && this.isNewProfile(customerId, source);
    const moves = isNewProfile || moved.includes(1) || this.isOfLaterTick(update);
    this.newestS.set(customerId, update.asOfS);
    if (trigger === 'event' && moved.includes(-1)) this.tally.find('reordered', source.topic, source.offset);
    else if (trigger === 'event' && !moves) this.tally.find('doubled', source.topic, source.offset);
    folded.forEach((claim, topic) => {
      if (claim.count > last[topic]!) topics[topic]!.claims.push(claim);
    });
  }

  /** After a roll-back a tick is merged with an event that was published before: the update shows no more, but a later time. */
  private isOfLaterTick({ refolded = false, customerId, asOfS }: AuditedUpdate): boolean {
    return refolded && asOfS > (this.newestS.get(customerId) ?? Number.POSITIVE_INFINITY);
  }

  private isNewProfile(customerId: string, { offset }: SourcePosition): boolean {
    const isNew = offset > (this.lastProfile.get(customerId) ?? -1);
    if (isNew) this.lastProfile.set(customerId, offset);
    return isNew;
  }

  addDeadLetter(topic: TopicIndex, offset: number): void {
    this.tally.addDeadLetter(topic, offset);
  }

  addInput(topic: TopicIndex, offset: number, customerId: string | null, timestampMs: number): void {
    const { tally } = this;
    if (!tally.addRecord(topic, offset)) return;
    if (tally.isDeadLetter(topic, offset)) {
      tally.events += 1;
      if (tally.outcomesAt(topic, offset) > 1) tally.find('doubled', topic, offset);
      return;
    }
    const shown = customerId !== null && this.isShown(topic, offset, this.topicsOf(customerId)[topic]!);
    if (!shown && !tally.isPublished(topic, offset)) {
      tally.addPending(topic, offset, timestampMs);
      return;
    }
    tally.events += 1;
    if (!shown) tally.addUnfolded(topic, offset);
  }

  verdict(): PositionVerdict {
    // After the inputs, so that a dead letter and an update of one position would have been seen as two outcomes of dead letters only.
    for (const { topic, offset } of this.sources) {
      if (this.tally.isDeadLetter(topic, offset)) this.tally.find('doubled', topic, offset);
      this.tally.addOutcome(topic, offset);
    }
    for (const topics of this.customers.values()) {
      topics.forEach(({ claims, chain }, topic) => {
        const ends = claims.at(-1);
        const { start, end } = this.scope.ranges[topic]!;
        // An update that shows more than the whole topic holds; what came after the audit began can't be told from that while it runs.
        if (this.scope.emitted === null && start === 0 && ends !== undefined && ends.count > (chain?.count ?? 0)) {
          this.tally.find('mismatched', topic, end);
        }
      });
    }
    return this.tally.verdict();
  }

  /** Takes the chain one position on; false where no update of the customer reaches so far. */
  private isShown(topic: TopicIndex, offset: number, at: CustomerTopic): boolean {
    if (at.chain === null) return this.startChain(topic, offset, at);
    const chain = { count: at.chain.count + 1, hash: chainHash(at.chain.hash, offset) };
    while ((at.claims[at.nextClaim]?.count ?? Number.POSITIVE_INFINITY) < chain.count) at.nextClaim += 1;
    const claim = at.claims[at.nextClaim];
    if (claim === undefined) return false;
    at.chain = chain;
    if (claim.count === chain.count && claim.hash !== chain.hash) {
      if (this.tally.mayHaveBeenDeadLetter(topic, offset)) this.tally.addUnsure(topic, offset);
      else this.tally.find('mismatched', topic, offset);
      at.chain = claim; // so that one fault is told once
    }
    return true;
  }

  /** Before the first position that an update names, the counts can't be followed: shown is what any update may have shown. */
  private startChain(topic: TopicIndex, offset: number, at: CustomerTopic): boolean {
    const start = this.chainStarts.get(`${topic}:${offset}`);
    if (start === undefined) return at.claims.length > 0;
    at.chain = start;
    return true;
  }

  private topicsOf(customerId: string): CustomerTopic[] {
    let topics = this.customers.get(customerId);
    if (topics === undefined) {
      topics = this.scope.ranges.map((_, topic) => ({
        claims: [],
        nextClaim: 0,
        chain: this.tally.startsLate(topic) ? null : { count: 0, hash: 0 },
      }));
      this.customers.set(customerId, topics);
    }
    return topics;
  }
}

function keyOf({ topic, offset }: SourcePosition): string {
  return `${topic}:${offset}`;
}
