import type { Claimant } from '../../src/domain/deployment-identity';
import { shardOf } from '../../src/domain/math/hash';
import type { StateAdoption } from '../../src/ports/state-archive';
import type { StateFormats } from '../../src/ports/state-formats';
import type { CommitRequest, OutboxRecord, StateReader, StateStore } from '../../src/ports/state-store';
import { SWEEP_SHARDS } from '../../src/ports/state-store';
import { NEWEST_FORMAT, OLDEST_FORMAT } from '../../src/serde/format-level';
import { type Seeded, seeded, testSeed } from '../support/seeded';
import { StateStoreModel } from './state-store-model';

export interface StateStoreHarness {
  readonly store: StateStore;
  /** A second store over the same data, as another process has. */
  readonly other: StateStore;
  readonly reader: StateReader;
  readonly formats: StateFormats;
  readonly adoption: StateAdoption;
  /** Makes a partition look as a version without format levels left it: claimed, and no level stored. */
  forgetLevels(partition: number): Promise<void>;
  /** What a commit that is not fenced answers. */
  readonly answers: 'committed' | 'published';
  /** Takes one customer's state away behind the program's back. */
  deleteState(partition: number, customerId: string): Promise<void>;
  /** Closes store, other and reader, and drops the data. */
  close(): Promise<void>;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const plain = (value: Uint8Array | null): number[] | null => (value === null ? null : [...value]);

function record(value: string, offset: number): OutboxRecord {
  return { kind: 'update', key: bytes('k'), value: bytes(value), timestampMs: 1_700_000_000_000, covers: [offset, -1] };
}

function request(part: Partial<CommitRequest>): CommitRequest {
  return { epoch: 1, follows: '', commitId: 'c1', states: [], folded: [1, 0], records: [], ...part };
}

function claimantOf(app: string): Claimant {
  const identity = { app, cluster: 'k1', inputs: ['orders', 'clicks'], updates: 'u', deadLetters: 'd' };
  return { identity, topicIds: ['t1', 't2'] };
}

function state(customerId: string, text: string, isNew = true) {
  return { customerId, state: bytes(text), isNew };
}

/** What every StateStore and StateReader keeps; the factory gives empty data each time. */
export function stateStoreContract(name: string, make: () => Promise<StateStoreHarness>): void {
  describe(`${name}: state store contract`, () => {
    let h: StateStoreHarness;
    beforeEach(async () => {
      h = await make();
    });
    afterEach(async () => {
      await h.close();
    });

    test('an empty partition has no meta, no commit chain, no customers', async () => {
      expect(await h.store.newestCommitId(3)).toBe('');
      expect((await h.store.load(3, ['a', 'b'])).states).toEqual([null, null]);
      expect(await h.store.customersOfShard(3, 0)).toEqual([]);
      expect(await h.reader.folded(3)).toBeNull();
      expect(await h.reader.read(3, 'a')).toBeNull();
      expect(await h.store.claim(3)).toEqual({ epoch: 1, format: NEWEST_FORMAT, meta: null, outbox: [] });
    });

    test('each claim raises the epoch, of its own partition only', async () => {
      expect((await h.store.claim(0)).epoch).toBe(1);
      expect((await h.other.claim(0)).epoch).toBe(2);
      expect((await h.store.claim(1)).epoch).toBe(1);
    });

    test('a partition belongs to the deployment that claimed it first; of a refused claim nothing stays', async () => {
      const owner = claimantOf('shop');
      const granted = await h.store.claim(0, owner);
      expect(granted).toMatchObject({ epoch: 1 });
      expect(granted.foreign).toBeUndefined();
      await h.store.commit(0, request({ epoch: granted.epoch, states: [state('a', 'A1')] }));
      const refused = await h.other.claim(0, claimantOf('other'));
      expect(refused).toMatchObject({ meta: null, outbox: [] });
      expect(refused.foreign).toMatch(/CLV_APP shop .*orders, clicks/);
      expect(refused.foldedWith).toBeUndefined();
      // The owner was not fenced.
      const next = request({ epoch: granted.epoch, follows: 'c1', commitId: 'c2', states: [state('a', 'A2', false)] });
      expect(await h.store.commit(0, next)).toBe(h.answers);
      expect(await h.other.claim(0, owner)).toMatchObject({ epoch: 2, meta: { commitIds: ['c1', 'c2'] } });
      expect((await h.other.claim(1, claimantOf('other'))).foreign).toBeUndefined();
    });

    test('the same deployment with one more input topic is no other; a partition without an owner takes the next one', async () => {
      expect(await h.store.claim(0)).toMatchObject({ epoch: 1, meta: null, outbox: [] });
      await h.store.claim(0, claimantOf('shop'));
      const longer = { ...claimantOf('shop').identity, inputs: ['orders', 'clicks', 'reviews'] };
      const claimed = await h.other.claim(0, { identity: longer, topicIds: ['t1', 't2', 't3'] });
      expect(claimed).toMatchObject({ epoch: 3 });
      expect((await h.store.claim(0, claimantOf('other'))).foreign).toContain('reviews');
    });

    test('the same deployment with another partition count is refused, and gets the count', async () => {
      const of = (partitions: number): Claimant => {
        const { identity, topicIds } = claimantOf('shop');
        return { identity: { ...identity, partitions }, topicIds };
      };
      await h.store.claim(0, of(12));
      expect(await h.other.claim(0, of(24))).toMatchObject({ epoch: 0, foldedWith: 12 });
      expect(await h.store.claim(0, of(12))).toMatchObject({ epoch: 2 });
    });

    test('the owner is the last one that claimed or adopted; an adoption fences the previous owner and leaves F unchanged', async () => {
      const [shop, other] = [claimantOf('shop'), { ...claimantOf('other'), topicIds: ['n1', 'n2'] }];
      expect(await h.store.owner(0)).toBeNull();
      const { epoch } = await h.store.claim(0, shop);
      expect(await h.other.owner(0)).toEqual(shop.identity);
      const first = request({ epoch, states: [state('a', 'A1')], folded: [7, 2] });
      await h.store.commit(0, first);
      expect(await h.adoption.adopt(0, other)).toEqual(shop.identity);
      expect(await h.store.owner(0)).toEqual(other.identity);
      expect(await h.store.commit(0, { ...first, follows: 'c1', commitId: 'c2' })).toBe('fenced');
      expect((await h.store.claim(0, shop)).foreign).toContain('CLV_APP other');
      const claim = await h.store.claim(0, other);
      expect(claim).toMatchObject({ epoch: 3, meta: { commitIds: ['c1'], folded: [7, 2] } });
      // The embedded log has none.
      if (h.answers === 'committed') expect(claim.topicIds).toEqual(['n1', 'n2']);
      expect(await h.adoption.adopt(1, other)).toBeNull();
      expect(await h.store.claim(1, other)).toMatchObject({ epoch: 2, meta: null });
    });

    test('a restart moves F to topics that were created again; under a stale epoch or commit id it does nothing', async () => {
      const { epoch } = await h.store.claim(0, claimantOf('shop'));
      const anew = { epoch, follows: 'c1', topicIds: ['n1', null], folded: [3, 0], published: [2, 0] };
      expect(await h.store.restart(0, { ...anew, follows: '' })).toBe(false);
      await h.store.commit(
        0,
        request({ epoch, states: [state('a', 'A1')], folded: [7, 2], records: [record('u', 6)] }),
      );
      // The topics of the embedded log are never created again.
      if (h.answers === 'published') return expect(await h.store.restart(0, anew)).toBe(false);
      expect(await h.store.restart(0, { ...anew, epoch: epoch + 1 })).toBe(false);
      expect(await h.store.restart(0, { ...anew, follows: 'c0' })).toBe(false);
      expect(await h.store.claim(0)).toMatchObject({
        epoch: 2,
        meta: { folded: [7, 2], published: [0, 0] },
        outbox: [{ commitId: 'c1' }],
        topicIds: ['t1', 't2'],
      });
      expect(await h.store.restart(0, { ...anew, epoch: 2 })).toBe(true);
      expect(await h.store.claim(0)).toEqual({
        epoch: 3,
        format: NEWEST_FORMAT,
        meta: { commitIds: ['c1'], commits: 1, folded: [3, 0], published: [2, 0] },
        outbox: [],
        topicIds: ['n1', null],
      });
      expect((await h.store.load(0, ['a'])).states.map(plain)).toEqual([plain(bytes('A1'))]);
    });

    test('a commit stores states, F and commit chain together, seen by every other process', async () => {
      const { epoch } = await h.store.claim(0);
      const answer = await h.store.commit(
        0,
        request({ epoch, states: [state('a', 'A1'), state('b', 'B1')], folded: [7, 2], records: [record('u', 6)] }),
      );
      expect(answer).toBe(h.answers);
      expect((await h.other.load(0, ['b', 'nobody', 'a'])).states.map(plain)).toEqual([
        plain(bytes('B1')),
        null,
        plain(bytes('A1')),
      ]);
      expect(await h.other.newestCommitId(0)).toBe('c1');
      expect(await h.reader.folded(0)).toEqual([7, 2]);
      expect(plain(await h.reader.read(0, 'a'))).toEqual(plain(bytes('A1')));
      expect(await h.reader.read(1, 'a')).toBeNull();
      const { meta } = await h.other.claim(0);
      expect(meta).toEqual({
        commitIds: ['c1'],
        commits: 1,
        folded: [7, 2],
        published: h.answers === 'published' ? [7, 2] : [0, 0],
      });
    });

    test('a load names the commit that its states belong to', async () => {
      expect((await h.store.load(0, ['a'])).commitId).toBe('');
      const { epoch } = await h.store.claim(0);
      await h.store.commit(0, request({ epoch, commitId: 'c1', states: [state('a', 'A1')] }));
      expect((await h.other.load(0, ['a', 'nobody'])).commitId).toBe('c1');
      await h.store.commit(0, request({ epoch, follows: 'c1', commitId: 'c2', states: [state('a', 'A2')] }));
      expect((await h.store.load(0, ['a'])).commitId).toBe('c2');
      expect((await h.store.load(1, ['a'])).commitId).toBe('');
      expect(
        (
          await h.store.load(
            0,
            Array.from({ length: 1_200 }, (_, i) => `n${i}`),
          )
        ).commitId,
      ).toBe('c2');
    });

    test('a load names customers whose state vanished: listed in their shard, and without one', async () => {
      const { epoch } = await h.store.claim(0);
      const ids = ['a', 'Ä ö 漢字', 'a:b{c}', 'stays'];
      await h.store.commit(0, request({ epoch, states: ids.map((id) => state(id, id)) }));
      for (const id of ids.slice(0, 3)) await h.deleteState(0, id);
      const loaded = await h.other.load(0, ['never', 'a', 'stays', 'Ä ö 漢字', 'a:b{c}']);
      expect(loaded.vanished).toEqual(['a', 'Ä ö 漢字', 'a:b{c}']);
      expect(loaded.states.map(plain)).toEqual([null, null, plain(bytes('stays')), null, null]);
      expect((await h.store.load(0, ['a'])).vanished).toEqual(['a']);
      expect((await h.store.load(1, ['a'])).vanished).toEqual([]);
      const scanned: string[] = [];
      for await (const { customerId } of h.reader.scan(0)) scanned.push(customerId);
      expect(scanned).toEqual(['stays']);
    });

    test('a resend answers as before and changes nothing, also after later commits and under a stale epoch', async () => {
      const { epoch } = await h.store.claim(0);
      const first = request({ epoch, states: [state('a', 'A1')], records: [record('u', 0)] });
      await h.store.commit(0, first);
      await h.store.commit(
        0,
        request({ epoch, follows: 'c1', commitId: 'c2', states: [state('a', 'A2', false)], folded: [2, 0] }),
      );
      await h.other.claim(0);
      expect(await h.store.commit(0, first)).toBe(h.answers);
      expect((await h.store.load(0, ['a'])).states.map(plain)).toEqual([plain(bytes('A2'))]);
      expect((await h.store.claim(0)).meta).toMatchObject({ commitIds: ['c1', 'c2'], commits: 2, folded: [2, 0] });
    });

    test('a commit that follows another commit is fenced and writes nothing', async () => {
      const { epoch } = await h.store.claim(0);
      await h.store.commit(0, request({ epoch, states: [state('a', 'A1')] }));
      const wrong = request({
        epoch,
        follows: 'zz',
        commitId: 'c9',
        states: [state('a', 'X', false), state('n', 'N')],
        folded: [9, 9],
      });
      expect(await h.store.commit(0, wrong)).toBe('fenced');
      expect(await h.store.commit(0, { ...wrong, follows: '' })).toBe('fenced');
      expect((await h.store.load(0, ['a', 'n'])).states.map(plain)).toEqual([plain(bytes('A1')), null]);
      expect(await h.store.newestCommitId(0)).toBe('c1');
      expect(await h.store.customersOfShard(0, shardOf('n', SWEEP_SHARDS))).not.toContain('n');
    });

    test('a commit under a stale epoch is fenced and writes nothing', async () => {
      const { epoch } = await h.store.claim(0);
      await h.other.claim(0);
      expect(await h.store.commit(0, request({ epoch, states: [state('a', 'A1')] }))).toBe('fenced');
      expect((await h.store.load(0, ['a'])).states).toEqual([null]);
      expect(await h.store.newestCommitId(0)).toBe('');
      expect(await h.reader.folded(0)).toBeNull();
    });

    test('meta keeps the last 8 commit ids, newest last', async () => {
      const { epoch } = await h.store.claim(0);
      for (let i = 1; i <= 11; i++) {
        await h.store.commit(
          0,
          request({ epoch, follows: i === 1 ? '' : `c${i - 1}`, commitId: `c${i}`, folded: [i, 0] }),
        );
      }
      const { meta } = await h.store.claim(0);
      expect(meta?.commitIds).toEqual(['c4', 'c5', 'c6', 'c7', 'c8', 'c9', 'c10', 'c11']);
      expect(meta?.commits).toBe(11);
      expect(await h.store.commit(0, request({ epoch: 2, follows: '', commitId: 'c3' }))).toBe('fenced');
    });

    test('the outbox gives back what was committed and not trimmed, byte for byte and in order', async () => {
      if (h.answers === 'published') return;
      const { epoch } = await h.store.claim(0);
      const records: OutboxRecord[] = [
        record('first', 41),
        {
          kind: 'dead-letter',
          key: null,
          value: new Uint8Array([0, 255, 10, 13]),
          timestampMs: 0,
          covers: [-1, 2 ** 53 - 2],
        },
      ];
      await h.store.commit(0, request({ epoch, commitId: 'c1', records, folded: [42, 2 ** 53 - 1] }));
      await h.store.commit(0, request({ epoch, follows: 'c1', commitId: 'c2', folded: [43, 2 ** 53 - 1] }));
      const { outbox } = await h.other.claim(0);
      expect(outbox.map((blob) => blob.commitId)).toEqual(['c1', 'c2']);
      expect(outbox[0]?.folded).toEqual([42, 2 ** 53 - 1]);
      expect(outbox[0]?.records.map((r) => ({ ...r, key: plain(r.key), value: plain(r.value) }))).toEqual(
        records.map((r) => ({ ...r, key: plain(r.key), value: plain(r.value) })),
      );
      expect(outbox[1]?.records).toEqual([]);
    });

    test('trim drops up to and including its commitId, is idempotent, and never lowers what is published', async () => {
      const { epoch } = await h.store.claim(0);
      await h.store.trim(0, 'never', [5, 5]);
      expect((await h.store.claim(0)).meta).toBeNull();
      for (let i = 1; i <= 3; i++) {
        const follows = i === 1 ? '' : `c${i - 1}`;
        await h.store.commit(0, request({ epoch: epoch + 1, follows, commitId: `c${i}`, folded: [10 * i, 0] }));
      }
      await h.store.trim(0, 'c2', [20, 0]);
      await h.store.trim(0, 'c2', [20, 0]);
      await h.store.trim(0, 'c1', [10, 0]);
      const { meta, outbox } = await h.store.claim(0);
      expect(outbox.map((blob) => blob.commitId)).toEqual(h.answers === 'published' ? [] : ['c3']);
      expect(meta?.published).toEqual(h.answers === 'published' ? [30, 0] : [20, 0]);
      expect(meta?.folded).toEqual([30, 0]);
    });

    test('trim finds its commit in an outbox that is longer than the list of commit ids, too', async () => {
      if (h.answers === 'published') return;
      const { epoch } = await h.store.claim(0);
      const ids = Array.from({ length: 12 }, (_, i) => `c${i + 1}`);
      for (const [i, commitId] of ids.entries()) {
        await h.store.commit(0, request({ epoch, follows: ids[i - 1] ?? '', commitId, folded: [i + 1, 0] }));
      }
      const waiting = async () => (await h.other.claim(0)).outbox.map(({ commitId }) => commitId);
      for (const [commitId, left] of [
        ['never', 12],
        ['c1', 11],
        ['c1', 11],
        ['c3', 9],
        ['c3', 9],
        // Among the last eight, whose blobs the outbox still holds.
        ['c6', 6],
        ['c2', 6],
        ['c4', 6],
        ['c11', 1],
        ['c10', 1],
        ['c12', 0],
        ['c12', 0],
      ] as const) {
        await h.store.trim(0, commitId, [0, 0]);
        expect([commitId, await waiting()]).toEqual([commitId, ids.slice(ids.length - left)]);
      }
    });

    test('an input topic is appended, and versions of before and after trim side by side: no topic falls back', async () => {
      if (h.answers === 'published') return;
      const { epoch } = await h.store.claim(0);
      const commit = (follows: string, commitId: string, folded: readonly number[]) =>
        h.store.commit(0, request({ epoch, follows, commitId, folded }));
      const published = async () => (await h.other.claim(0)).meta?.published;
      await commit('', 'c1', [10, 4]);
      await commit('c1', 'c2', [20, 9, 7]);
      await h.store.trim(0, 'c1', [10, 4]);
      await h.store.trim(0, 'c2', [20, 9, 7]);
      expect(await published()).toEqual([20, 9, 7]);
      await h.store.trim(0, 'c2', [15, 30]);
      expect(await published()).toEqual([20, 30, 7]);
      await h.store.trim(0, 'c2', [9]);
      expect(await published()).toEqual([20, 30, 7]);
    });

    test('customers of a shard are those ever committed whose id hashes to it', async () => {
      const { epoch } = await h.store.claim(2);
      const ids = [
        '',
        'a',
        'Ä ö 漢字',
        '9007199254740993',
        'a:b{c}',
        ...Array.from({ length: 300 }, (_, i) => `customer-${i}`),
      ].filter((id) => id !== '');
      await h.store.commit(2, request({ epoch, states: ids.map((id) => state(id, id)) }));
      const found: string[] = [];
      for (let shard = 0; shard < SWEEP_SHARDS; shard++) {
        const members = await h.store.customersOfShard(2, shard);
        expect(members.every((id) => shardOf(id, SWEEP_SHARDS) === shard)).toBe(true);
        found.push(...members);
      }
      expect(found.sort()).toEqual([...ids].sort());
      expect(await h.store.customersOfShard(1, shardOf('a', SWEEP_SHARDS))).toEqual([]);
    });

    test('a scan gives every customer of its partition once, with its state', async () => {
      const { epoch } = await h.store.claim(2);
      await h.store.claim(3);
      const ids = Array.from({ length: 777 }, (_, i) => `c${i}`);
      await h.store.commit(2, request({ epoch, states: ids.slice(0, 400).map((id) => state(id, `s-${id}`)) }));
      await h.store.commit(
        2,
        request({ epoch, follows: 'c1', commitId: 'c2', states: ids.slice(400).map((id) => state(id, `s-${id}`)) }),
      );
      await h.store.commit(3, request({ epoch, states: [state('elsewhere', 'x')] }));
      const found = new Map<string, string>();
      for await (const { customerId, state: blob } of h.reader.scan(2)) {
        expect(found.has(customerId)).toBe(false);
        found.set(customerId, new TextDecoder().decode(blob));
      }
      expect(found).toEqual(new Map(ids.map((id) => [id, `s-${id}`])));
    });

    test('blobs handed out stay as they were after later commits', async () => {
      const { epoch } = await h.store.claim(0);
      await h.store.commit(0, request({ epoch, states: [state('a', 'one'), state('b', 'two')] }));
      const [a] = (await h.store.load(0, ['a'])).states;
      const [b] = (await h.store.load(0, ['b'])).states;
      await h.store.commit(
        0,
        request({ epoch, follows: 'c1', commitId: 'c2', states: [state('a', 'uno', false), state('b', 'dos', false)] }),
      );
      (await h.store.load(0, ['a', 'b'])).states;
      expect([a, b].map((blob) => plain(blob ?? null))).toEqual([plain(bytes('one')), plain(bytes('two'))]);
    });

    test('a partition that nobody claimed starts at the newest format level; one of an earlier version stays at level 1', async () => {
      expect(await h.formats.status(4)).toBeNull();
      expect((await h.store.claim(4)).format).toBe(NEWEST_FORMAT);
      expect((await h.other.claim(4)).format).toBe(NEWEST_FORMAT);
      await h.forgetLevels(4);
      expect(await h.formats.status(4)).toEqual({ level: OLDEST_FORMAT, ownerReads: OLDEST_FORMAT });
      // Claimed, and never committed to: there may be scorers of the earlier version all the same.
      expect((await h.store.claim(4)).format).toBe(OLDEST_FORMAT);
      expect(await h.formats.status(4)).toEqual({ level: OLDEST_FORMAT, ownerReads: NEWEST_FORMAT });
    });

    test('a change of the level fences the owner, so nothing more is written at the level before', async () => {
      await h.store.claim(0);
      await h.forgetLevels(0);
      const { epoch, format } = await h.store.claim(0);
      await h.store.commit(0, request({ epoch, format, states: [state('a', 'A1')] }));
      await h.formats.setLevel(0, NEWEST_FORMAT);
      const late = request({ epoch, format, follows: 'c1', commitId: 'c2', states: [state('a', 'A2', false)] });
      expect(await h.store.commit(0, late)).toBe('fenced');
      const next = await h.store.claim(0);
      expect(next).toMatchObject({ format: NEWEST_FORMAT, meta: { commitIds: ['c1'] } });
      expect(await h.store.commit(0, { ...late, epoch: next.epoch, format: next.format })).toBe(h.answers);
      await h.formats.setLevel(0, OLDEST_FORMAT);
      expect(await h.formats.status(0)).toEqual({ level: OLDEST_FORMAT, ownerReads: NEWEST_FORMAT });
      expect(await h.store.claim(0)).toMatchObject({ epoch: next.epoch + 2, format: OLDEST_FORMAT });
    });

    test('a state is replaced only while it is what was read', async () => {
      const { epoch } = await h.store.claim(0);
      await h.store.commit(0, request({ epoch, states: [state('a', 'A1'), state('b', 'B1')] }));
      const changes = [
        { customerId: 'a', from: bytes('A1'), to: bytes('A1 rewritten') },
        { customerId: 'b', from: bytes('B0'), to: bytes('lost') },
        { customerId: 'nobody', from: bytes('x'), to: bytes('made up') },
      ];
      expect(await h.formats.replaceStates(0, changes)).toBe(1);
      expect((await h.store.load(0, ['a', 'b', 'nobody'])).states.map(plain)).toEqual([
        plain(bytes('A1 rewritten')),
        plain(bytes('B1')),
        null,
      ]);
      expect(await h.formats.replaceStates(0, changes)).toBe(0);
    });

    test('what waits to be published is the same at either level', async () => {
      const { epoch } = await h.store.claim(0);
      const records = [record('u', 41)];
      await h.store.commit(0, request({ epoch, format: OLDEST_FORMAT, records, folded: [42, 0] }));
      await h.store.commit(
        0,
        request({ epoch, format: NEWEST_FORMAT, follows: 'c1', commitId: 'c2', folded: [43, 0] }),
      );
      const { outbox } = await h.store.claim(0);
      const waiting = h.answers === 'published' ? 0 : 1;
      expect(await h.formats.rewriteOutbox(0, NEWEST_FORMAT)).toBe(waiting);
      expect(await h.formats.rewriteOutbox(0, NEWEST_FORMAT)).toBe(0);
      expect((await h.store.claim(0)).outbox.map(plainBlob)).toEqual(outbox.map(plainBlob));
      await h.store.trim(0, 'c1', [42, 0]);
      expect((await h.store.claim(0)).outbox.map(({ commitId }) => commitId)).toEqual(waiting === 0 ? [] : ['c2']);
    });

    const seed = testSeed();
    test(`law: any run of operations leaves what the plain model holds (CLV_TEST_SEED=${seed})`, async () => {
      await randomOperations(h, seeded(seed), 400);
    });
  });
}

/** Random commits, resends, wrong commit ids, stale epochs, trims and claims by two processes, against the model. */
async function randomOperations(h: StateStoreHarness, random: Seeded, steps: number): Promise<void> {
  const partition = 5;
  const model = new StateStoreModel(h.answers);
  const sent: CommitRequest[] = [];
  let made = 0;
  const published = [0, 0, 0];
  expect((await h.store.claim(partition)).epoch).toBe(model.claim());
  for (let step = 0; step < steps; step++) {
    const store = random.pick([h.store, h.other]);
    const dice = random.next();
    if (dice < 0.08) {
      const claim = await store.claim(partition);
      expect(claim.epoch).toBe(model.claim());
      expect(claim.meta).toEqual(model.meta());
      expect(claim.outbox.map(plainBlob)).toEqual(model.outbox.map(plainBlob));
    } else if (dice < 0.2 && sent.length > 0) {
      const resent = random.pick(sent.slice(-12));
      expect(await store.commit(partition, resent)).toBe(model.commit(resent));
    } else if (dice < 0.3 && sent.length > 0) {
      const { commitId } = random.pick(sent.slice(-6));
      const upTo = published.map((old, topic) =>
        Math.max(0, Math.min(model.folded[topic] ?? 0, old + random.below(5) - 1)),
      );
      upTo.forEach((offset, topic) => {
        published[topic] = offset;
      });
      await store.trim(partition, commitId, upTo);
      model.trim(commitId, upTo);
    } else {
      const next = randomCommit(random, model, `cid-${made++}`);
      sent.push(next);
      expect(await store.commit(partition, next)).toBe(model.commit(next));
    }
    expect(await store.newestCommitId(partition)).toBe(model.newestCommitId());
  }
  const ids = customers.slice();
  expect((await h.other.load(partition, ids)).states.map(plain)).toEqual(
    ids.map((id) => plain(model.states.get(id) ?? null)),
  );
  const scanned = new Map<string, number[] | null>();
  for await (const { customerId, state: blob } of h.reader.scan(partition)) scanned.set(customerId, plain(blob));
  expect(scanned).toEqual(new Map([...model.states].map(([id, blob]) => [id, plain(blob)])));
  for (const id of ids) {
    const members = await h.store.customersOfShard(partition, shardOf(id, SWEEP_SHARDS));
    expect(members.includes(id)).toBe(model.states.has(id));
  }
}

const customers = Array.from({ length: 40 }, (_, i) => `customer ${i}`);

function randomCommit(random: Seeded, model: StateStoreModel, commitId: string): CommitRequest {
  const touched = new Set(Array.from({ length: random.below(12) }, () => random.pick(customers)));
  const folded = [0, 1, 2].map((topic) => (model.folded[topic] ?? 0) + random.below(4));
  return {
    epoch: random.next() < 0.12 ? model.epoch - 1 - random.below(2) : model.epoch,
    follows: random.next() < 0.12 ? random.pick(['', 'cid-0', 'other', ...model.commitIds]) : model.newestCommitId(),
    commitId,
    states: [...touched].map((customerId) => ({
      customerId,
      state: random.bytes(1 + random.below(80)),
      isNew: !model.states.has(customerId),
    })),
    folded,
    records: Array.from({ length: random.below(6) }, () => ({
      kind: random.pick(['update', 'dead-letter'] as const),
      key: random.next() < 0.2 ? null : random.bytes(random.below(10)),
      value: random.bytes(random.below(60)),
      timestampMs: random.below(2 ** 41),
      covers: folded.map((offset) => offset - 1),
    })),
  };
}

function plainBlob(blob: { commitId: string; folded: readonly number[]; records: readonly OutboxRecord[] }) {
  const records = blob.records.map((r) => ({ ...r, covers: [...r.covers], key: plain(r.key), value: plain(r.value) }));
  return { commitId: blob.commitId, folded: [...blob.folded], records };
}
