import type { CommitRequest, LoadedStates, StateStore } from '../../../src/ports/state-store';
import { CachedStateStore } from '../../../src/services/scorer/cached-state-store';
import { StateStoreModel } from '../../contracts/state-store-model';
import { type Seeded, seeded, testSeed } from '../../support/seeded';

/** A store in memory, of one partition, that counts the states that are read from it. */
class CountingStore {
  readonly model = new StateStoreModel('committed');
  reads: (readonly string[])[] = [];
  /** Answers of a replica that lags: the next loads return them. */
  readonly stale: LoadedStates[] = [];
  readonly others: unknown[][] = [];

  readonly port: StateStore = {
    claim: async () => ({ epoch: this.model.claim(), format: 1, meta: this.model.meta(), outbox: this.model.outbox }),
    owner: async (...call) => this.noted(null, 'owner', ...call),
    load: async (_, ids) => {
      this.reads.push(ids);
      return this.stale.shift() ?? this.loaded(ids);
    },
    commit: async (_, request) => this.model.commit(request),
    restart: async (...call) => this.noted(true, 'restart', ...call),
    trim: async (...call) => this.noted(undefined, 'trim', ...call),
    newestCommitId: async (...call) => this.noted('n', 'newest', ...call),
    customersOfShard: async (...call) => this.noted(['ann'], 'shard', ...call),
    close: async () => this.noted(undefined, 'close'),
  };

  private noted<T>(answer: T, ...call: unknown[]): T {
    this.others.push(call);
    return answer;
  }

  loaded(ids: readonly string[]): LoadedStates {
    const states = ids.map((id) => this.model.states.get(id) ?? null);
    return { commitId: this.model.newestCommitId(), states, vanished: ids.filter((id) => id.startsWith('gone')) };
  }
}

const bytes = (text: string) => new TextEncoder().encode(text);
const texts = ({ states }: LoadedStates) => states.map((state) => state && new TextDecoder().decode(state));
const commit = (follows: string, commitId: string, states: Record<string, string>, epoch = 1): CommitRequest => ({
  ...{ epoch, follows, commitId, folded: [1], records: [] },
  states: Object.entries(states).map(([customerId, state]) => ({ customerId, state: bytes(state), isNew: false })),
});

async function opened(maxBytes = 10_000) {
  const inner = new CountingStore();
  const store = new CachedStateStore(inner.port, maxBytes);
  await store.claim(0);
  return { inner, store };
}

test('states that it committed are not read again; the others are, in one read', async () => {
  const { inner, store } = await opened();
  await store.commit(0, commit('', 'c1', { ann: 'A1', bob: 'B1' }));
  expect(texts(await store.load(0, ['bob', 'ann']))).toEqual(['B1', 'A1']);
  expect(inner.reads).toEqual([]);
  const loaded = await store.load(0, ['gone', 'bob', 'new', 'ann']);
  expect(texts(loaded)).toEqual([null, 'B1', null, 'A1']);
  expect(loaded).toMatchObject({ commitId: 'c1', vanished: ['gone'] });
  expect(inner.reads).toEqual([['gone', 'new']]);
});

test('what it holds names its own commit, so that the store refuses what is folded from it once others have committed', async () => {
  const { inner, store } = await opened();
  await store.commit(0, commit('', 'c1', { ann: 'A1' }));
  inner.model.commit(commit('c1', 'other', { ann: 'A2' }));
  const loaded = await store.load(0, ['ann']);
  expect([loaded.commitId, texts(loaded)]).toEqual(['c1', ['A1']]);
  expect(await store.commit(0, commit(loaded.commitId, 'c2', { ann: 'A1+' }))).toBe('fenced');
  await store.claim(0);
  expect(texts(await store.load(0, ['ann']))).toEqual(['A2']);
});

test('states of two commits are not mixed: all are read', async () => {
  const { inner, store } = await opened();
  await store.commit(0, commit('', 'c1', { ann: 'A1', bob: 'B1' }));
  await store.claim(0);
  await store.commit(0, commit('c1', 'c2', { ann: 'A2' }, 2));
  inner.stale.push({ commitId: 'c1', states: [bytes('B1')], vanished: [] });
  expect(await store.load(0, ['ann', 'bob'])).toEqual(inner.loaded(['ann', 'bob']));
  expect(inner.reads).toEqual([['bob'], ['ann', 'bob']]);
});

test('a refused commit and one without an answer leave nothing', async () => {
  const { inner, store } = await opened();
  expect(await store.commit(0, commit('never', 'c1', { ann: 'lost' }))).toBe('fenced');
  const { commit: answer } = inner.port;
  inner.port.commit = async (...call) => {
    await answer(...call);
    throw new Error('no answer');
  };
  const request = commit('', 'c2', { bob: 'B1' });
  await expect(store.commit(0, request)).rejects.toThrow('no answer');
  await store.load(0, ['ann', 'bob']);
  expect(inner.reads).toEqual([['ann', 'bob']]);
  inner.port.commit = answer;
  expect(await store.commit(0, request)).toBe('committed');
  expect(texts(await store.load(0, ['bob']))).toEqual(['B1']);
  expect(inner.reads).toHaveLength(1);
});

test('the bound counts the memory of an entry, not only its state', async () => {
  const { inner, store } = await opened(1_000);
  await store.commit(0, commit('', 'c1', { ann: 'A', bob: 'B', cho: 'C' }));
  await store.load(0, ['ann', 'bob', 'cho']);
  expect(inner.reads).toEqual([['ann']]);
});

test('everything else goes to the store', async () => {
  const { inner, store } = await opened();
  const restart = { epoch: 1, follows: '', topicIds: [], folded: [], published: [] };
  await store.owner(3);
  await store.restart(3, restart);
  await store.trim(3, 'c1', [1]);
  expect(await store.newestCommitId(3)).toBe('n');
  expect(await store.customersOfShard(3, 4)).toEqual(['ann']);
  await store.close();
  const calls = [
    ['owner', 3],
    ['restart', 3, restart],
    ['trim', 3, 'c1', [1]],
    ['newest', 3],
    ['shard', 3, 4],
    ['close'],
  ];
  expect(inner.others).toEqual(calls);
});

const seed = testSeed();
test(`law: two owners in turn; whatever may be committed was folded from what the store holds (CLV_TEST_SEED=${seed})`, async () => {
  const random = seeded(seed);
  const inner = new CountingStore();
  const owners = [10_000, 1_500].map((maxBytes) => ({
    store: new CachedStateStore(inner.port, maxBytes),
    epoch: 0,
    at: '',
  }));
  let made = 0;
  let loaded = 0;
  let committed = 0;
  const ids = Array.from({ length: 8 }, (_, i) => `customer ${i}`);
  for (let step = 0; step < 1_500; step++) {
    const owner = random.pick(owners);
    if (owner.epoch === 0 || random.next() < 0.05) {
      const claim = await owner.store.claim(0);
      Object.assign(owner, { epoch: claim.epoch, at: claim.meta?.commitIds.at(-1) ?? '' });
      continue;
    }
    const wanted = subset(random, ids);
    const before = inner.loaded(wanted);
    loaded += wanted.length;
    const { commitId, states } = await owner.store.load(0, wanted);
    // The machine's own rule: a fold of another commit's states is thrown away.
    if (commitId !== owner.at) continue;
    const next = `c${++made}`;
    const changed = Object.fromEntries(wanted.map((id, i) => [id, `${states[i]?.length ?? 0} ${next}`]));
    const outcome = await owner.store.commit(0, commit(owner.at, next, changed, owner.epoch));
    if (outcome === 'fenced') continue;
    owner.at = next;
    committed++;
    expect({ commitId, states }).toEqual({ commitId: before.commitId, states: before.states });
  }
  expect(committed).toBeGreaterThan(300);
  expect(inner.reads.flat().length).toBeLessThan(loaded);
});

function subset(random: Seeded, ids: readonly string[]): string[] {
  return ids.filter(() => random.next() < 0.4);
}
