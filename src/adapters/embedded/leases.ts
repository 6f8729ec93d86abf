import type { EmbeddedEnvironment } from './environment';
import { decodeJson, encodeJson, leaseKey, leasePrefix, memberKey, pastPrefix } from './layout';

interface Lease {
  readonly owner: string;
  /** Raised each time the lease changes hands. */
  readonly epoch: number;
  /** The owner is taken for dead after this instant, ms since the epoch. */
  readonly untilMs: number;
}

interface Member {
  readonly name: string;
  readonly joinedAtMs: number;
  readonly untilMs: number;
}

/** Members of one group use one length of lease; the rest is slack between their clocks' readings. */
const LONGEST_LEASES = 2;

export interface LeaseRound {
  /** Still ours, renewed. */
  readonly renewed: readonly number[];
  /** Ours by mistake: another member took them while we were away. */
  readonly lost: readonly number[];
  /** Free or expired ones, taken in this round. */
  readonly taken: readonly number[];
  /** Of those renewed, what is above our fair share. */
  readonly surplus: readonly number[];
}

/**
 * Who owns which partition, as one lease per partition, and who is alive, as one lease per member. Shares differ by at most one: the
 * members in order of joining get ⌈P/n⌉ or ⌊P/n⌋, so that the shares sum to P and every partition finds an owner.
 */
export class LeaseTable {
  private readonly joinedAtMs: number;

  constructor(
    private readonly env: EmbeddedEnvironment,
    private readonly group: string,
    private readonly member: string,
    private readonly leaseMs: number,
    nowMs: number,
  ) {
    this.joinedAtMs = nowMs;
  }

  /** Says that we live, renews `held`, and takes what is free up to our share, except what `mayTake` refuses. */
  round(
    nowMs: number,
    partitions: number,
    held: ReadonlySet<number>,
    mayTake: (partition: number) => boolean,
  ): LeaseRound {
    return this.env.write(() => {
      const untilMs = nowMs + this.leaseMs;
      const share = this.share(nowMs, partitions);
      const renewed: number[] = [];
      const lost: number[] = [];
      const free: { partition: number; epoch: number }[] = [];
      for (let partition = 0; partition < partitions; partition++) {
        const lease = this.lease(partition);
        if (held.has(partition)) {
          if (lease?.owner !== this.member) {
            lost.push(partition);
            continue;
          }
          this.put(partition, { ...lease, untilMs });
          renewed.push(partition);
        } else if (lease === undefined || this.isOver(lease.untilMs, nowMs)) {
          free.push({ partition, epoch: lease?.epoch ?? 0 });
        }
      }
      const wanted = free.filter(({ partition }) => mayTake(partition)).slice(0, Math.max(0, share - renewed.length));
      for (const { partition, epoch } of wanted) this.put(partition, { owner: this.member, epoch: epoch + 1, untilMs });
      return { renewed, lost, taken: wanted.map(({ partition }) => partition), surplus: renewed.slice(share) };
    });
  }

  /** Lets go of a partition at once, if it is still ours. */
  release(partition: number): void {
    this.env.write(() => {
      const lease = this.lease(partition);
      if (lease?.owner === this.member) this.put(partition, { ...lease, owner: '', untilMs: 0 });
    });
  }

  /** The others share our part from their next round on. */
  leave(): void {
    this.env.write(() => {
      this.env.leases.removeSync(memberKey(this.group, this.member));
    });
  }

  /** Notes that we live, forgets the dead, and counts our share of the partitions. */
  private share(nowMs: number, partitions: number): number {
    const self: Member = { name: this.member, joinedAtMs: this.joinedAtMs, untilMs: nowMs + this.leaseMs };
    this.env.leases.putSync(memberKey(this.group, this.member), encodeJson(self));
    const prefix = leasePrefix(this.group, 'm');
    const members = [...this.env.leases.getRange({ start: prefix, end: pastPrefix(prefix) })].map(({ value }) =>
      decodeJson<Member>(value),
    );
    const alive = members.filter(({ untilMs }) => !this.isOver(untilMs, nowMs));
    for (const { name } of members.filter(({ untilMs }) => this.isOver(untilMs, nowMs))) {
      this.env.leases.removeSync(memberKey(this.group, name));
    }
    alive.sort((a, b) => a.joinedAtMs - b.joinedAtMs || (a.name < b.name ? -1 : 1));
    const rank = alive.findIndex(({ name }) => name === this.member);
    return Math.floor(partitions / alive.length) + (rank < partitions % alive.length ? 1 : 0);
  }

  /** A lease that reaches further than any does was written before the clock was set back; its owner, if alive, renews it at once. */
  private isOver(untilMs: number, nowMs: number): boolean {
    return untilMs <= nowMs || untilMs > nowMs + LONGEST_LEASES * this.leaseMs;
  }

  private lease(partition: number): Lease | undefined {
    const stored = this.env.leases.get(leaseKey(this.group, partition));
    return stored === undefined ? undefined : decodeJson<Lease>(stored);
  }

  private put(partition: number, lease: Lease): void {
    this.env.leases.putSync(leaseKey(this.group, partition), encodeJson(lease));
  }
}
