import { CUSTOMERS_TOPIC, type SourcePosition, type TopicIndex } from '../event';
import { chainHash } from '../math/hash';
import type { FoldedCount } from '../update';
import type { AuditedUpdate, AuditScope, PartitionAuditor, PositionVerdict } from './audit';
import { AuditTally } from './audit-tally';

/** The counts of one topic in a customer's updates, and how far the input has confirmed them. */
interface CustomerTopic {
  /** Each count that an update carried, ascending. */
  readonly claims: FoldedCount[];
  /** Claims before this one are confirmed. */
  nextClaim: number;
  /** Count and hash computed from the input. If the log's beginning is gone, null until the first position that an update names. */
  chain: FoldedCount | null;
}

/**
 * The audit of emissions `coalesce` and `latest`, in which an update covers several events. It checks three things per customer and
 * topic. The counts in updates never fall. Each count and its hash follow from the input. The last count equals that of the input. All
 * this holds for `every` too, so the audit can judge a log that was written in several modes.
 */
export class CoalescedAudit implements PartitionAuditor {
  private readonly tally: AuditTally;
  private readonly customers = new Map<string, CustomerTopic[]>();
  /** Counts by source position, for topics whose beginning is gone: the chain starts at such an update. */
  private readonly chainStarts = new Map<string, FoldedCount>();
  private readonly sources: SourcePosition[] = [];
  /** By customer: the time of the last update. */
  private readonly newestS = new Map<string, number>();
  /** By customer: the offset of the profile behind the last profile update. Profiles move no count. */
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

  /**
   * After a roll-back, a tick may be merged with an event that was published before. The update then covers no new event, only a later
   * time.
   */
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
    // This must come after the inputs. Otherwise addInput would count a dead letter and an update of one position as two dead letters.
    for (const { topic, offset } of this.sources) {
      if (this.tally.isDeadLetter(topic, offset)) this.tally.find('doubled', topic, offset);
      this.tally.addOutcome(topic, offset);
    }
    for (const topics of this.customers.values()) {
      topics.forEach(({ claims, chain }, topic) => {
        const ends = claims.at(-1);
        const { start, end } = this.scope.ranges[topic]!;
        // An update covers more events than the whole topic holds. While the scorer runs, more events may have arrived since the audit began.
        // So this is checked only if every position must have an outcome.
        if (this.scope.emitted === null && start === 0 && ends !== undefined && ends.count > (chain?.count ?? 0)) {
          this.tally.find('mismatched', topic, end);
        }
      });
    }
    return this.tally.verdict();
  }

  /** Moves the chain on by one position. Returns false if no update of the customer reaches so far. */
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
      at.chain = claim; // so that one fault is reported once
    }
    return true;
  }

  /** Before the first position that an update names, counts cannot be followed. A position passes there if the customer has any update. */
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
