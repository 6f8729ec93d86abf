import { StateCache } from '../../src/delivery/state-cache';
import { seeded, testSeed } from '../support/seeded';

const cacheOf = (maxBytes = 100) => new StateCache<string, string>(maxBytes, (_, state) => state.length);
const pairs = (states: Record<string, string>) => Object.entries(states);

test('holds what was committed, as of the newest commit', () => {
  const cache = cacheOf();
  cache.claimed(0, '');
  cache.committed(0, '', 'c1', pairs({ ann: 'A1', bob: 'B1' }));
  cache.committed(0, 'c1', 'c2', pairs({ ann: 'A2' }));
  expect(cache.lookUp(0, ['bob', 'cho', 'ann', 'dan'])).toEqual({
    commitId: 'c2',
    held: new Map(pairs({ bob: 'B1', ann: 'A2' })),
    missing: ['cho', 'dan'],
  });
});

test('holds nothing of a partition that was never claimed', () => {
  const cache = cacheOf();
  cache.committed(0, '', 'c1', pairs({ ann: 'A1' }));
  expect(cache.lookUp(0, ['ann'])).toEqual({ commitId: null, held: new Map(), missing: ['ann'] });
  expect(cache.bytes).toBe(0);
});

test('a claim forgets everything of its partition, also at the same commit, and nothing of another', () => {
  const cache = cacheOf();
  for (const partition of [0, 1]) cache.claimed(partition, '');
  cache.committed(0, '', 'c1', pairs({ ann: 'A1' }));
  cache.committed(1, '', 'd1', pairs({ bob: 'B1' }));
  cache.claimed(0, 'c1');
  expect(cache.lookUp(0, ['ann'])).toMatchObject({ commitId: 'c1', missing: ['ann'] });
  expect(cache.lookUp(1, ['bob'])).toMatchObject({ commitId: 'd1', missing: [] });
});

test('a state of one partition is none of another', () => {
  const cache = cacheOf();
  for (const partition of [0, 1]) cache.claimed(partition, '');
  cache.committed(0, '', 'c1', pairs({ ann: 'A1' }));
  expect(cache.lookUp(1, ['ann']).missing).toEqual(['ann']);
  cache.committed(1, '', 'd1', pairs({ ann: 'other' }));
  expect(cache.lookUp(0, ['ann']).missing).toEqual(['ann']);
});

test('a commit that does not follow the newest one adds nothing: its answer came late', () => {
  const cache = cacheOf();
  cache.claimed(0, 'c1');
  cache.committed(0, 'b', 'c1', pairs({ ann: 'old' }));
  expect(cache.lookUp(0, ['ann'])).toEqual({ commitId: 'c1', held: new Map(), missing: ['ann'] });
});

test('the states whose commit is longest ago make room, forgotten ones too', () => {
  const cache = cacheOf(10);
  cache.claimed(0, '');
  cache.committed(0, '', 'c1', pairs({ ann: 'AAAA', bob: 'BBBB' }));
  cache.committed(0, 'c1', 'c2', pairs({ ann: 'aaaa' }));
  cache.committed(0, 'c2', 'c3', pairs({ cho: 'CC', dan: 'D' }));
  expect([...cache.lookUp(0, ['ann', 'bob', 'cho', 'dan']).held.keys()]).toEqual(['ann', 'cho', 'dan']);
  expect(cache.bytes).toBe(7);
  cache.claimed(0, 'c3');
  cache.committed(0, 'c3', 'c4', pairs({ eve: 'EEEEEE' }));
  expect([cache.bytes, cache.lookUp(0, ['eve']).missing]).toEqual([9, []]);
});

test('what just fits is held', () => {
  const cache = cacheOf(5);
  cache.claimed(0, '');
  cache.committed(0, '', 'c1', pairs({ ann: 'AAA', bob: 'BB' }));
  expect([cache.bytes, cache.lookUp(0, ['ann', 'bob']).missing]).toEqual([5, []]);
});

test('a state larger than the bound is not held', () => {
  const cache = cacheOf(3);
  cache.claimed(0, '');
  cache.committed(0, '', 'c1', pairs({ ann: 'AAAA' }));
  expect([cache.bytes, cache.lookUp(0, ['ann']).missing]).toEqual([0, ['ann']]);
});

const seed = testSeed();
test(`law: what is held is what the last commits stored, within the bound (CLV_TEST_SEED=${seed})`, () => {
  const random = seeded(seed);
  const maxBytes = 40;
  const cache = new StateCache<number, Uint8Array>(maxBytes, (_, state) => state.length);
  const stored = [0, 1].map(() => ({ commitId: '', states: new Map<number, Uint8Array>() }));
  for (const partition of stored.keys()) cache.claimed(partition, '');
  let hits = 0;
  for (let step = 0; step < 2_000; step++) {
    const partition = random.below(2);
    const chain = stored[partition]!;
    const ids = Array.from(new Set(Array.from({ length: random.below(4) }, () => random.below(12))));
    const dice = random.next();
    if (dice < 0.05) cache.claimed(partition, chain.commitId);
    else if (dice < 0.5) {
      const states = ids.map((id) => [id, random.bytes(1 + random.below(6))] as const);
      const [follows, commitId] = [chain.commitId, `c${step}`];
      for (const [id, state] of states) chain.states.set(id, state);
      chain.commitId = commitId;
      cache.committed(partition, follows, commitId, states);
    } else {
      const { commitId, held, missing } = cache.lookUp(partition, ids);
      expect(commitId).toBe(chain.commitId);
      for (const [id, state] of held) expect(state).toBe(chain.states.get(id));
      expect([...held.keys(), ...missing].sort()).toEqual([...ids].sort());
      hits += held.size;
    }
    expect(cache.bytes).toBeLessThanOrEqual(maxBytes);
  }
  expect(hits).toBeGreaterThan(100);
});
