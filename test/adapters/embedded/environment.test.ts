import { openEmbedded } from '../../../src/adapters/embedded/environment';
import { EmbeddedLogReader } from '../../../src/adapters/embedded/log-reader';
import { EmbeddedPartitionSource } from '../../../src/adapters/embedded/partition-source';
import { EmbeddedStateStore } from '../../../src/adapters/embedded/state-store';
import { EmbeddedTopicAdmin, TopicTable } from '../../../src/adapters/embedded/topics';
import { systemClock } from '../../../src/adapters/system/clock';
import { type EmbeddedFolder, embeddedFolder } from './folder';

let folder: EmbeddedFolder;
beforeEach(async () => {
  folder = await embeddedFolder(['orders', 'updates', 'dead-letters'], 2);
});
afterEach(() => folder.close());

const outputs = { updates: 'updates', deadLetters: 'dead-letters' };
const state = { customerId: 'a', state: Buffer.from('A'), isNew: true };
const record = { kind: 'update', key: null, value: Buffer.from('u'), timestampMs: 0, covers: [0] } as const;

test('what was written is there when the folder is opened again', async () => {
  const { env, topics, log, path } = folder;
  const store = new EmbeddedStateStore(env, topics, log, outputs);
  const { epoch } = await store.claim(0);
  await store.commit(0, { epoch, follows: '', commitId: 'c1', states: [state], folded: [1], records: [record] });
  await env.close();
  const again = openEmbedded({ path });
  const reopened = new EmbeddedStateStore(again, new TopicTable(again), log, outputs);
  expect(await reopened.newestCommitId(0)).toBe('c1');
  expect(Buffer.from((await reopened.load(0, ['a'])).states[0] ?? []).toString()).toBe('A');
  await again.close();
});

test('a folder of another layout is refused', async () => {
  const { open } = require('lmdb');
  const bytes = { encoding: 'binary', keyEncoding: 'binary' };
  const raw = open({ path: folder.path, maxDbs: 16, ...bytes });
  raw.openDB({ name: 'about', ...bytes }).putSync(Buffer.from('format'), Buffer.from('99'));
  await raw.close();
  expect(() => openEmbedded({ path: folder.path })).toThrow(expect.objectContaining({ code: 'embedded-format' }));
});

test('a missing topic or partition has its code; a commit that meets one writes nothing', async () => {
  const { env, topics, log } = folder;
  const reader = new EmbeddedLogReader(env, topics, log, systemClock);
  await expect(reader.bounds('nowhere', 0)).rejects.toMatchObject({ code: 'embedded-topic-missing' });
  await expect(reader.bounds('orders', 2)).rejects.toMatchObject({ code: 'embedded-partition-missing' });
  const store = new EmbeddedStateStore(env, topics, log, { ...outputs, deadLetters: 'nowhere' });
  const { epoch } = await store.claim(0);
  const commit = store.commit(0, {
    epoch,
    follows: '',
    commitId: 'c1',
    states: [state],
    folded: [1],
    records: [record],
  });
  await expect(commit).rejects.toMatchObject({ code: 'embedded-topic-missing' });
  expect((await store.load(0, ['a'])).states).toEqual([null]);
  expect(await store.newestCommitId(0)).toBe('');
  expect(await reader.bounds('updates', 0)).toEqual({ start: 0, end: 0 });
});

test('a customer id too long for a key has its code', async () => {
  const { env, topics, log } = folder;
  const store = new EmbeddedStateStore(env, topics, log, outputs);
  await expect(store.load(0, ['x'.repeat(1901)])).rejects.toMatchObject({ code: 'embedded-key-too-long' });
  expect((await store.load(0, ['x'.repeat(1900)])).states).toEqual([null]);
});

test('input topics with differing partition counts are refused', async () => {
  const { env, topics, log } = folder;
  await new EmbeddedTopicAdmin(env).ensureTopics([{ name: 'clicks', partitions: 3, compacted: false }]);
  const source = new EmbeddedPartitionSource(env, topics, log, systemClock, { inputTopics: ['orders', 'clicks'] });
  const handlers = {
    assigned: () => {},
    revoked: async () => {},
    records: () => {},
    confirmed: () => {},
    outOfRange: () => {},
    looked: () => {},
    shared: () => {},
    connected: () => {},
  };
  await expect(source.start(handlers)).rejects.toMatchObject({ code: 'embedded-copartition' });
  await source.stop();
});

test('follow takes up a topic that is created later', async () => {
  const { env, topics, log } = folder;
  const reader = new EmbeddedLogReader(env, topics, log, systemClock);
  const stop = new AbortController();
  const found: number[] = [];
  const following = reader.follow(
    [{ topic: 'later', partition: 0, offset: 0 }],
    async ({ records }) => {
      found.push(...records.map(({ offset }) => offset));
      stop.abort();
    },
    stop.signal,
  );
  await new EmbeddedTopicAdmin(env).ensureTopics([{ name: 'later', partitions: 1, compacted: true }]);
  env.write(() => log.append(topics.require('later'), 0, [record]));
  await following;
  expect(found).toEqual([0]);
});
