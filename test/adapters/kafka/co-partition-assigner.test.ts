import {
  assignPartitions,
  decodeClaim,
  encodeClaim,
  type MemberClaim,
} from '../../../src/adapters/kafka/co-partition-assigner';
import { seeded, testSeed } from '../../support/seeded';

const ownedBy = (assignment: ReadonlyMap<string, readonly number[]>, generation: number): MemberClaim[] =>
  [...assignment].map(([memberId, owned]) => ({ memberId, owned, generation }));

/** The most that any balanced assignment can keep, by trying every choice of who gets the larger share. */
function mostKept(partitions: number, claims: readonly MemberClaim[]): number {
  const share = Math.floor(partitions / claims.length);
  const larger = partitions % claims.length;
  let best = 0;
  for (let choice = 0; choice < 1 << claims.length; choice++) {
    const flags = claims.map((_, index) => (choice >> index) & 1);
    if (flags.reduce((sum, flag) => sum + flag, 0) !== larger) continue;
    const kept = claims.reduce((sum, claim, index) => sum + Math.min(claim.owned.length, share + flags[index]!), 0);
    best = Math.max(best, kept);
  }
  return best;
}

describe('assignPartitions', () => {
  const seed = testSeed();
  test(`never splits, balances to one, and moves as few as possible over random joins and leaves (CLV_TEST_SEED=${seed})`, () => {
    const { next: random } = seeded(seed);
    for (let run = 0; run < 50; run++) {
      const partitions = random() < 0.5 ? 12 : 1 + Math.floor(random() * 24);
      let nextMember = 1;
      let current = assignPartitions(partitions, [{ memberId: 'm0', owned: [], generation: 0 }]);
      for (let generation = 1; generation < 30; generation++) {
        const members = [...current.keys()];
        const claims = ownedBy(current, generation).filter(
          () => members.length <= 1 || random() > (members.length >= 7 ? 0.4 : 0.15),
        );
        while (claims.length === 0 || (claims.length < 7 && random() < 0.4)) {
          claims.push({ memberId: `m${nextMember++}`, owned: [], generation: -1 });
        }
        claims.sort(() => random() - 0.5);
        const next = assignPartitions(partitions, claims);
        const all = [...next.values()].flat().sort((a, b) => a - b);
        expect(all).toEqual(Array.from({ length: partitions }, (_, p) => p));
        const counts = [...next.values()].map((list) => list.length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        const kept = claims.reduce(
          (sum, claim) => sum + claim.owned.filter((p) => next.get(claim.memberId)!.includes(p)).length,
          0,
        );
        expect(kept).toBe(mostKept(partitions, claims));
        current = next;
      }
    }
  });

  test('does not depend on the order of the members', () => {
    const claims = [
      { memberId: 'a', owned: [0, 1, 2, 3], generation: 4 },
      { memberId: 'b', owned: [], generation: -1 },
      { memberId: 'c', owned: [5, 4], generation: 4 },
    ];
    expect(new Map([...assignPartitions(7, [...claims].reverse())].sort())).toEqual(
      new Map([...assignPartitions(7, claims)].sort()),
    );
  });

  test('believes the newer of two claims', () => {
    const assignment = assignPartitions(2, [
      { memberId: 'a', owned: [0, 1], generation: 3 },
      { memberId: 'b', owned: [0], generation: 4 },
    ]);
    expect(assignment).toEqual(
      new Map([
        ['a', [1]],
        ['b', [0]],
      ]),
    );
  });

  test('ignores partitions that do not exist and leaves members without any if there are too few', () => {
    const assignment = assignPartitions(1, [
      { memberId: 'a', owned: [7], generation: 1 },
      { memberId: 'b', owned: [], generation: 1 },
    ]);
    expect([...assignment.values()].flat()).toEqual([0]);
  });
});

describe('claims', () => {
  test('survive encoding', () => {
    expect(decodeClaim('a', encodeClaim([3, 9], 12))).toEqual({
      memberId: 'a',
      owned: [3, 9],
      generation: 12,
      deployment: '',
    });
    expect(decodeClaim('a', encodeClaim([3], 12, 'topics ä to u'))).toEqual({
      memberId: 'a',
      owned: [3],
      generation: 12,
      deployment: 'topics ä to u',
    });
  });

  test.each([null, Buffer.alloc(0), Buffer.alloc(9), Buffer.from('something else entirely')])(
    'count as none where they cannot be read',
    (userData) => {
      expect(decodeClaim('a', userData)).toEqual({ memberId: 'a', owned: [], generation: -1, deployment: '' });
    },
  );
});
