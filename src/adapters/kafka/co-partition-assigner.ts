import { AssignerProtocol, type Cluster, type PartitionAssigner } from 'kafkajs';

/** What a member owned before this rebalance, as reported by that member. */
export interface MemberClaim {
  readonly memberId: string;
  readonly owned: readonly number[];
  /** Group generation of that ownership. If two members claim one partition, the newer generation wins. */
  readonly generation: number;
}

/** Assigns each partition number to one rightful claimant. Drops numbers outside 0…partitions−1. */
function settleClaims(claims: readonly MemberClaim[], partitions: number): Map<string, number[]> {
  const newestFirst = [...claims].sort((a, b) => b.generation - a.generation || (a.memberId < b.memberId ? -1 : 1));
  const taken = new Set<number>();
  const settled = new Map<string, number[]>();
  for (const { memberId, owned } of newestFirst) {
    const kept = [...new Set(owned)].filter((p) => p >= 0 && p < partitions && !taken.has(p)).sort((a, b) => a - b);
    for (const p of kept) taken.add(p);
    settled.set(memberId, kept);
  }
  return settled;
}

/**
 * Assigns the partition numbers 0…partitions−1: every number to exactly one member, and counts differ by at most one.
 * A member keeps what it owned as far as that balance allows, so no assignment has fewer moves. Does not depend on the order of the claims.
 */
export function assignPartitions(partitions: number, claims: readonly MemberClaim[]): Map<string, number[]> {
  const settled = settleClaims(claims, partitions);
  // Members who own most get the larger shares. Giving a larger share to a member who can't fill it costs a move.
  const members = [...settled.keys()].sort((a, b) => {
    const more = settled.get(b)!.length - settled.get(a)!.length;
    return more !== 0 ? more : a < b ? -1 : 1;
  });
  const share = Math.floor(partitions / members.length);
  const larger = partitions % members.length;
  const quota = new Map(members.map((member, rank) => [member, share + (rank < larger ? 1 : 0)]));
  const assignment = new Map(members.map((member) => [member, settled.get(member)!.slice(0, quota.get(member)!)]));
  const kept = new Set([...assignment.values()].flat());
  const free = Array.from({ length: partitions }, (_, p) => p).filter((p) => !kept.has(p));
  for (const member of members) {
    const list = assignment.get(member)!;
    list.push(...free.splice(0, quota.get(member)! - list.length));
    list.sort((a, b) => a - b);
  }
  return assignment;
}

/** What a member sends to the group in the protocol's user data. */
export interface DecodedClaim extends MemberClaim {
  /** The member's deployment in words. '' if it is missing: an older version, or its store was unavailable. */
  readonly deployment: string;
}

/** userData => generation (int32), count (int32), partition number (int32)…, 'D' and deployment (UTF-8, to the end) or nothing; all big-endian */
export function encodeClaim(owned: readonly number[], generation: number, deployment = ''): Buffer {
  const buffer = Buffer.alloc(8 + 4 * owned.length);
  buffer.writeInt32BE(generation, 0);
  buffer.writeInt32BE(owned.length, 4);
  for (const [index, p] of owned.entries()) buffer.writeInt32BE(p, 8 + 4 * index);
  return Buffer.concat([buffer, Buffer.from(deployment === '' ? '' : `D${deployment}`)]);
}

/** Unreadable data counts as owning nothing. A lost claim costs a move, never correctness. */
export function decodeClaim(memberId: string, userData: Buffer | null): DecodedClaim {
  const count = userData && userData.length >= 8 ? userData.readInt32BE(4) : -1;
  const rest = count < 0 ? '?' : userData!.subarray(8 + 4 * count).toString();
  if (!userData || userData.length < 8 + 4 * count || !/^(D|$)/.test(rest)) {
    return { memberId, owned: [], generation: -1, deployment: '' };
  }
  const owned = Array.from({ length: count }, (_, index) => userData.readInt32BE(8 + 4 * index));
  return { memberId, owned, generation: userData.readInt32BE(0), deployment: rest.slice(1) };
}

function commonPartitions(cluster: Cluster, topics: readonly string[]): number {
  // If someone enlarged one topic only, its extra partitions have no counterpart and belong to nobody. The source's start-up check reports
  // it.
  return Math.min(...topics.map((topic) => cluster.findTopicPartitionMetadata(topic).length));
}

export interface AssignerOptions {
  /** What this member owns, the generation of that ownership, and the member's deployment. */
  readonly claim: () => { owned: readonly number[]; generation: number; deployment: string };
  /** Called if this member is the leader: the other deployments in the group. Empty if all members are of its own. */
  readonly others: (deployments: readonly string[]) => void;
}

/**
 * kafkajs assigner whose unit is the partition number over all subscribed topics, so that one process gets all events of a customer.
 * It is sticky: each member sends what it owns (`claim`) in the protocol's user data.
 * Members of another deployment than the leader's get an assignment without topics. That shows them the conflict: the two deployments would
 * fence each other for ever.
 */
export function coPartitionAssigner({ claim, others }: AssignerOptions): PartitionAssigner {
  const name = 'clv-co-partition';
  const version = 0;
  return ({ cluster }) => ({
    name,
    version,
    protocol({ topics }) {
      const { owned, generation, deployment } = claim();
      const userData = encodeClaim(owned, generation, deployment);
      return { name, metadata: AssignerProtocol.MemberMetadata.encode({ version, topics, userData }) };
    },
    async assign({ members, topics }) {
      const claims = members.map(({ memberId, memberMetadata }) =>
        decodeClaim(memberId, AssignerProtocol.MemberMetadata.decode(memberMetadata)?.userData ?? null),
      );
      const own = claim().deployment;
      const isOther = ({ deployment }: DecodedClaim) => own !== '' && deployment !== '' && deployment !== own;
      others([...new Set(claims.filter(isOther).map(({ deployment }) => deployment))]);
      const rightful = claims.filter((member) => !isOther(member));
      const assignment = assignPartitions(commonPartitions(cluster, topics), rightful);
      return claims.map(({ memberId }) => {
        const partitions = assignment.get(memberId);
        return {
          memberId,
          memberAssignment: AssignerProtocol.MemberAssignment.encode({
            version,
            assignment: partitions ? Object.fromEntries(topics.map((topic) => [topic, partitions])) : {},
            userData: Buffer.alloc(0),
          }),
        };
      });
    },
  });
}
