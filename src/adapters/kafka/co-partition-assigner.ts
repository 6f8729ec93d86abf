import { AssignerProtocol, type Cluster, type PartitionAssigner } from 'kafkajs';

/** What a member owned before this rebalance, as it told the group. */
export interface MemberClaim {
  readonly memberId: string;
  readonly owned: readonly number[];
  /** Group generation of that ownership; of two claims to one partition the newer counts. */
  readonly generation: number;
}

/** Each partition number to its one rightful claimant; numbers outside 0…partitions−1 are dropped. */
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
 * Deals partition numbers 0…partitions−1 to the members: every number to exactly one, counts differ by one at most, and a member
 * keeps what it owned as far as that balance allows, so no assignment with fewer moves exists. Pure; independent of the order of the claims.
 */
export function assignPartitions(partitions: number, claims: readonly MemberClaim[]): Map<string, number[]> {
  const settled = settleClaims(claims, partitions);
  // Those who own most get the larger shares: each share of +1 given to one who can't fill it costs a move.
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

/** What a member tells the group in the protocol's user data. */
export interface MemberTold extends MemberClaim {
  /** Its deployment, in words; '' where it does not tell (an older version, or its store was away). */
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

/** Anything unreadable counts as owning nothing: a lost claim costs a move, never correctness. */
export function decodeClaim(memberId: string, userData: Buffer | null): MemberTold {
  const count = userData && userData.length >= 8 ? userData.readInt32BE(4) : -1;
  const rest = count < 0 ? '?' : userData!.subarray(8 + 4 * count).toString();
  if (!userData || userData.length < 8 + 4 * count || !/^(D|$)/.test(rest)) {
    return { memberId, owned: [], generation: -1, deployment: '' };
  }
  const owned = Array.from({ length: count }, (_, index) => userData.readInt32BE(8 + 4 * index));
  return { memberId, owned, generation: userData.readInt32BE(0), deployment: rest.slice(1) };
}

function commonPartitions(cluster: Cluster, topics: readonly string[]): number {
  // Where someone enlarged one topic behind our back, its extra partitions have no counterpart and belong to nobody;
  // the start-up check of the source names the fault.
  return Math.min(...topics.map((topic) => cluster.findTopicPartitionMetadata(topic).length));
}

export interface AssignerOptions {
  /** What this member owns, as of which generation, and its deployment. */
  readonly claim: () => { owned: readonly number[]; generation: number; deployment: string };
  /** This member assigns, and these other deployments are in the group; none where all are of its own. */
  readonly others: (deployments: readonly string[]) => void;
}

/**
 * kafkajs assigner whose unit is the partition number over all subscribed topics, so that all events of one customer meet in one
 * process. Sticky: each member tells what it owns (`claim`) in the protocol's user data. Members of another deployment than the
 * leader's get an assignment without a topic, which tells them so: they and the leader's would fence each other for ever.
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
      const told = members.map(({ memberId, memberMetadata }) =>
        decodeClaim(memberId, AssignerProtocol.MemberMetadata.decode(memberMetadata)?.userData ?? null),
      );
      const own = claim().deployment;
      const isOther = ({ deployment }: MemberTold) => own !== '' && deployment !== '' && deployment !== own;
      others([...new Set(told.filter(isOther).map(({ deployment }) => deployment))]);
      const rightful = told.filter((member) => !isOther(member));
      const assignment = assignPartitions(commonPartitions(cluster, topics), rightful);
      return told.map(({ memberId }) => {
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
