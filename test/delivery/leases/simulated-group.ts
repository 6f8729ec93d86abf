import { assignPartitions } from '../../../src/adapters/kafka/co-partition-assigner';
import type { Timeline } from './timeline';

export type HeartbeatAnswer = 'ok' | 'rebalance' | 'unknown';

interface GroupMember {
  lastSeenMs: number;
  /** What it reported as its own; null until it has joined the coming generation. */
  claim: readonly number[] | null;
  answer: ((partitions: readonly number[]) => void) | null;
}

/** The coordinator of a consumer group with Kafka's classic protocol: a rebalance waits until every member has joined or has expired. */
export class SimulatedGroup {
  generation = 0;
  /** By member, what the newest generation assigned. */
  assignment = new Map<string, readonly number[]>();
  private readonly members = new Map<string, GroupMember>();
  private isStable = false;

  constructor(
    private readonly timeline: Timeline,
    private readonly partitions: number,
    readonly sessionMs: number,
    private readonly completed: () => void = () => undefined,
  ) {}

  join(id: string, claim: readonly number[], answer: (partitions: readonly number[]) => void): void {
    this.members.set(id, { lastSeenMs: this.timeline.nowMs, claim, answer });
    this.isStable = false;
    this.complete();
  }

  heartbeat(id: string): HeartbeatAnswer {
    const member = this.members.get(id);
    if (member === undefined) return 'unknown';
    member.lastSeenMs = this.timeline.nowMs;
    return this.isStable ? 'ok' : 'rebalance';
  }

  leave(id: string): void {
    if (!this.members.delete(id)) return;
    this.isStable = false;
    this.complete();
  }

  /** Removes whoever was not seen for a session. A member that waits for the rebalance is not removed. */
  expire(): void {
    const expired = [...this.members].filter(
      ([, { lastSeenMs, claim }]) =>
        (this.isStable || claim === null) && this.timeline.nowMs - lastSeenMs > this.sessionMs,
    );
    for (const [id] of expired) this.leave(id);
  }

  private complete(): void {
    const members = [...this.members];
    if (members.length === 0 || members.some(([, { claim }]) => claim === null)) return;
    this.generation++;
    this.isStable = true;
    const claims = members.map(([memberId, { claim }]) => ({ memberId, owned: claim!, generation: 0 }));
    this.assignment = assignPartitions(this.partitions, claims);
    this.completed();
    for (const [id, member] of members) {
      const { answer } = member;
      Object.assign(member, { claim: null, answer: null, lastSeenMs: this.timeline.nowMs });
      answer!(this.assignment.get(id) ?? []);
    }
  }
}
