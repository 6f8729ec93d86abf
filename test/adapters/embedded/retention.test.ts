import type { StoredRecord } from '../../../src/adapters/embedded/layout';
import { EmbeddedTopicAdmin } from '../../../src/adapters/embedded/topics';
import { seeded, testSeed } from '../../support/seeded';
import { type EmbeddedFolder, embeddedFolder } from './folder';

const LIMIT = 50;
const seed = testSeed();
let folder: EmbeddedFolder;

beforeEach(async () => {
  folder = await embeddedFolder([], 2, LIMIT);
  await new EmbeddedTopicAdmin(folder.env).ensureTopics([
    { name: 'plain', partitions: 2, compacted: false },
    { name: 'compacted', partitions: 2, compacted: true },
  ]);
});
afterEach(() => folder.close());

const record = (key: string | null, value: string): StoredRecord => ({
  key: key === null ? null : Buffer.from(key),
  value: Buffer.from(value),
  timestampMs: 0,
});

function append(name: string, partition: number, records: readonly StoredRecord[]): void {
  const { env, log, topics } = folder;
  env.write(() => log.append(topics.require(name), partition, records));
}

function held(name: string, partition: number): { offset: number; key: string; value: string }[] {
  const batch = folder.log.read(folder.topics.require(name), partition, 0, 10_000);
  return batch.records.map(({ offset, key, value }) => ({
    offset,
    key: Buffer.from(key ?? []).toString(),
    value: Buffer.from(value ?? []).toString(),
  }));
}

test('a plain topic keeps its newest records, and reports where it starts', () => {
  for (let i = 0; i < 300; i += 7) {
    append(
      'plain',
      1,
      Array.from({ length: 7 }, (_, j) => record('k', String(i + j))),
    );
  }
  const end = 301;
  expect(folder.log.bounds(folder.topics.require('plain'), 1)).toEqual({ start: end - LIMIT, end });
  expect(held('plain', 1).map(({ offset, value }) => [offset, value])).toEqual(
    Array.from({ length: LIMIT }, (_, i) => [end - LIMIT + i, String(end - LIMIT + i)]),
  );
  expect(folder.log.bounds(folder.topics.require('plain'), 0)).toEqual({ start: 0, end: 0 });
});

test('one append beyond the limit keeps its own newest', () => {
  append(
    'plain',
    0,
    Array.from({ length: 3 * LIMIT }, (_, i) => record(null, String(i))),
  );
  expect(held('plain', 0)).toHaveLength(LIMIT);
});

test(`law: a compacted topic keeps the newest record of every key, at its offset, and stays small (CLV_TEST_SEED=${seed})`, () => {
  const random = seeded(seed);
  const newest = new Map<string, { offset: number; value: string }>();
  let offset = 0;
  for (let round = 0; round < 200; round++) {
    const records = Array.from({ length: 1 + random.below(20) }, (_, i) => {
      const key = `k${random.below(30)}`;
      const value = `${round}-${i}`;
      newest.set(key, { offset: offset++, value });
      return record(key, value);
    });
    append('compacted', 0, records);
    const now = held('compacted', 0);
    expect(now.length).toBeLessThanOrEqual(Math.max(LIMIT, 2 * newest.size));
    const last = new Map(now.map(({ key, offset, value }) => [key, { offset, value }]));
    expect(last).toEqual(newest);
  }
  expect(folder.log.bounds(folder.topics.require('compacted'), 0)).toEqual({ start: 0, end: offset });
});

test('records without a key outlive compaction', () => {
  append('compacted', 0, [record(null, 'keep')]);
  append(
    'compacted',
    0,
    Array.from({ length: 2 * LIMIT }, (_, i) => record('k', String(i))),
  );
  expect(held('compacted', 0).map(({ value }) => value)).toEqual(['keep', String(2 * LIMIT - 1)]);
});
