import type { EmbeddedEnvironment } from './environment';
import { decodeJson, encodeJson, leaseKey, leasePrefix, memberKey, pastPrefix } from './layout';

interface Lease {
  readonly owner: string;
  /** Rises each time the lease changes its owner. */
  readonly epoch: number;
  /** After this time the owner counts as dead. Milliseconds since the epoch. */
  readonly untilMs: number;
}

interface Member {
  readonly name: string;
  readonly joinedAtMs: number;
  readonly untilMs: number;
}

/** In multiples of the lease time. All members use the same lease time; the second one allows for differences between their clocks. */
const LONGEST_LEASES = 2;

export interface LeaseRound {
  /** Still ours, renewed. */
  readonly renewed: readonly number[];
  /** No longer ours: another member took them while this process was suspended. */
  readonly lost: readonly number[];
  /** Free or expired leases that this round took. */
  readonly taken: readonly number[];
  /** Those of the renewed ones that exceed our fair share. */
  readonly surplus: readonly number[];
}

/**
 * One lease per partition names its owner, and one lease per member shows that it is alive. Shares differ by at most one: in order of
 * joining, the members get ⌈P/n⌉ or ⌊P/n⌋ of P partitions. The shares sum to P, so every partition finds an owner.
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

  /** Renews our member lease and the leases in `held`, then takes free partitions up to our share, except those that `mayTake` refuses. */
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

  /** Releases a partition at once if it is still ours. */
  release(partition: number): void {
    this.env.write(() => {
      const lease = this.lease(partition);
      if (lease?.owner === this.member) this.put(partition, { ...lease, owner: '', untilMs: 0 });
    });
  }

  /** The other members share our partitions from their next round on. */
  leave(): void {
    this.env.write(() => {
      this.env.leases.removeSync(memberKey(this.group, this.member));
    });
  }

  /** Renews our member lease, removes dead members, and computes our share of the partitions. */
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

  /**
   * True after the expiry. Also true for a lease that ends later than any valid one: it was written before the clock was set back, and could
   * block its partition for long. A living owner renews it in its next round. If another member comes first, the epoch fences the owner.
   */
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
