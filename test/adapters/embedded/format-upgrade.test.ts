import { rmSync } from 'node:fs';
import { openEmbedded } from '../../../src/adapters/embedded/environment';
import { LogTable } from '../../../src/adapters/embedded/log-table';
import { readPartition, writePartition } from '../../../src/adapters/embedded/partition-entry';
import { EmbeddedStateFormats } from '../../../src/adapters/embedded/state-formats';
import { EmbeddedStateReader } from '../../../src/adapters/embedded/state-reader';
import { EmbeddedStateStore } from '../../../src/adapters/embedded/state-store';
import { TopicTable } from '../../../src/adapters/embedded/topics';
import { openTrainerStore } from '../../../src/adapters/embedded/trainer-store';
import { setTrainerStoreFormat } from '../../../src/adapters/embedded/trainer-store-format';
import { CHECKED_FORMAT, NEWEST_FORMAT, OLDEST_FORMAT } from '../../../src/serde/format-level';
import { decodeState, encodeState, formatOfState } from '../../../src/serde/state-blob';
import { upgradeFormats } from '../../../src/services/archive/format-upgrade';
import { decodeStateV5, fixture, fixtureFolder, plainOf } from '../../support/format-1';
import { decodeStateV6, fixtureFolder as levelTwoFolder, statesOfLevelTwo } from '../../support/format-2';
import { contentOf } from '../../support/label-streams';

const OUTPUTS = { updates: 'updates', deadLetters: 'dead-letters' };
const silent = () => {};

describe('an embedded folder of the version before', () => {
  const stored = fixture<{ blob: string; state: unknown }[]>('states.json');
  const ids = stored.map((_, i) => `c${i}`);
  let path: string;
  let env: ReturnType<typeof openEmbedded>;
  beforeEach(() => {
    path = fixtureFolder('embedded');
    env = openEmbedded({ path, mapSizeBytes: 16 * 2 ** 20 });
  });
  afterEach(async () => {
    await env.close();
    rmSync(path, { recursive: true, force: true });
  });
  const store = () => new EmbeddedStateStore(env, new TopicTable(env), new LogTable(env, {}), OUTPUTS);
  const upgrade = (level: number, force = false) =>
    upgradeFormats(
      new EmbeddedStateFormats(env),
      new EmbeddedStateReader(env),
      { partitions: 3, level, rewrite: true, force },
      silent,
    );
  const blobs = async () => (await store().load(0, ids)).states.map((blob) => Buffer.from(blob!));

  test('is owned, read and written at level 1, in the bytes of the version before', async () => {
    const { epoch, format, meta } = await store().claim(0);
    expect([epoch, format]).toEqual([2, OLDEST_FORMAT]);
    expect(meta).toMatchObject({ commitIds: ['cid-1'], commits: 1, folded: [12, 0, 0, 0, 0, 0] });
    expect((await blobs()).map((blob) => plainOf(decodeState(blob)))).toEqual(stored.map(({ state }) => state));
    const state = encodeState(decodeState((await blobs())[3]!), format);
    const request = { epoch, format, follows: 'cid-1', commitId: 'cid-2', folded: [13, 0, 0, 0, 0, 0], records: [] };
    await store().commit(0, { ...request, states: [{ customerId: 'c3', state, isNew: false }] });
    expect(decodeStateV5((await blobs())[3]!)).toEqual(stored[3]!.state);
  });

  test('rises only if its last owner supports levels, and comes back to the same bytes', async () => {
    await expect(upgrade(NEWEST_FORMAT)).rejects.toThrow(/partition 0, 1 was last claimed by an earlier version/);
    await store().claim(0);
    await store().claim(1);
    const up = await upgrade(NEWEST_FORMAT);
    expect(up).toEqual({ changed: 2, untouched: 1, rewritten: stored.length, remaining: 0, unreadable: [] });
    expect((await blobs()).map(formatOfState)).toEqual(stored.map(() => NEWEST_FORMAT));
    expect((await blobs()).map((blob) => plainOf(decodeState(blob)))).toEqual(stored.map(({ state }) => state));
    expect(await upgrade(NEWEST_FORMAT)).toMatchObject({ changed: 0, rewritten: 0 });
    expect(await upgrade(OLDEST_FORMAT)).toMatchObject({ changed: 2, rewritten: stored.length });
    expect((await blobs()).map((blob) => blob.toString('base64'))).toEqual(stored.map(({ blob }) => blob));
    expect((await store().claim(0)).format).toBe(OLDEST_FORMAT);
  });

  test('a state that can not be read is named and left as it is; the others go on', async () => {
    const { epoch } = await store().claim(0);
    const states = [{ customerId: 'broken', state: Uint8Array.of(5, 1), isNew: true }];
    await store().commit(0, {
      epoch,
      follows: 'cid-1',
      commitId: 'cid-2',
      folded: [12, 0, 0, 0, 0, 0],
      records: [],
      states,
    });
    const { rewritten, unreadable } = await upgrade(NEWEST_FORMAT, true);
    expect(rewritten).toBe(stored.length);
    expect(unreadable).toEqual([
      { partition: 0, customerId: 'broken', reason: expect.stringMatching(/state blob of 2 bytes/) },
    ]);
    expect((await store().load(0, ['broken'])).states).toEqual([Buffer.of(5, 1)]);
  });
});

describe('an embedded folder of format level 2', () => {
  const expected = statesOfLevelTwo();
  const ids = expected.map((_, i) => `c${i}`);
  let path: string;
  let env: ReturnType<typeof openEmbedded>;
  beforeEach(() => {
    path = levelTwoFolder();
    env = openEmbedded({ path, mapSizeBytes: 16 * 2 ** 20 });
  });
  afterEach(async () => {
    await env.close();
    rmSync(path, { recursive: true, force: true });
  });
  const store = () => new EmbeddedStateStore(env, new TopicTable(env), new LogTable(env, {}), OUTPUTS);
  const upgrade = (level: number) =>
    upgradeFormats(
      new EmbeddedStateFormats(env),
      new EmbeddedStateReader(env),
      { partitions: 2, level, rewrite: true, force: false },
      silent,
    );
  const blobs = async () => (await store().load(0, ids)).states.map((blob) => Buffer.from(blob!));

  test('stays at level 2 and is written as its version reads it, until it is raised; down again it holds the very bytes', async () => {
    expect((await blobs()).map((blob) => blob.toString('base64'))).toEqual(expected.map(({ blob }) => blob));
    // A scorer that reads level 2 only has it. It must not be raised under it.
    await expect(upgrade(NEWEST_FORMAT)).rejects.toThrow(/partition 0, 1 was last claimed by an earlier version/);
    const { epoch, format } = await store().claim(0);
    await store().claim(1);
    expect(format).toBe(CHECKED_FORMAT);
    const state = encodeState(decodeState((await blobs())[3]!), format);
    expect(decodeStateV6(state)).toEqual(expected[3]!.state);
    const request = { epoch, format, follows: 'cid-1', commitId: 'cid-2', folded: [13, 0, 0, 0, 0, 0], records: [] };
    await store().commit(0, { ...request, states: [{ customerId: 'c3', state, isNew: false }] });
    expect(await upgrade(NEWEST_FORMAT)).toMatchObject({ changed: 2, rewritten: expected.length, unreadable: [] });
    expect((await blobs()).map(formatOfState)).toEqual(expected.map(() => NEWEST_FORMAT));
    expect((await blobs()).map((blob) => plainOf(decodeState(blob)))).toEqual(expected.map((each) => each.state));
    expect(await upgrade(CHECKED_FORMAT)).toMatchObject({ changed: 2, rewritten: expected.length });
    expect((await blobs()).map((blob) => blob.toString('base64'))).toEqual(expected.map(({ blob }) => blob));
  });

  test('is not raised after a scorer of its version has claimed it once more', async () => {
    await store().claim(0);
    await store().claim(1);
    // As that version claims: it copies what it does not know.
    env.write(() => {
      const entry = readPartition(env, 1);
      writePartition(env, 1, { ...entry, epoch: entry.epoch + 1, levelsReadAt: entry.epoch + 1 });
    });
    await expect(upgrade(NEWEST_FORMAT)).rejects.toThrow(/partition 1 was last claimed by an earlier version/);
  });
});

describe('a trainer’s folder of the version before', () => {
  type Content = { states: string[]; origins: { snapshot: string }[] };
  const expected = fixture<Content>('trainer.json.gz');
  const content = async (path: string): Promise<Content & { level: number }> => {
    const trainerStore = openTrainerStore(path);
    try {
      return { ...(JSON.parse(JSON.stringify(contentOf(trainerStore))) as Content), level: trainerStore.format };
    } finally {
      await trainerStore.close();
    }
  };
  const atLevel1 = ({ level: _, ...rest }: Content & { level: number }): Content => {
    const old = (hex: string) =>
      Buffer.from(encodeState(decodeState(Buffer.from(hex, 'hex')), OLDEST_FORMAT)).toString('hex');
    const origins = rest.origins.map((origin) => ({ ...origin, snapshot: old(origin.snapshot) }));
    return { ...rest, states: rest.states.map(old), origins };
  };

  test('is read whole and stays at level 1 until it is raised; down again it holds the very bytes', async () => {
    const path = fixtureFolder('trainer');
    try {
      const found = await content(path);
      expect(found).toEqual({ ...expected, level: OLDEST_FORMAT });
      const blobs = expected.states.length + expected.origins.length;
      expect(await setTrainerStoreFormat(path, NEWEST_FORMAT)).toBe(blobs);
      const raised = await content(path);
      // It holds no tiers, so its newest level is 2.
      expect(raised.level).toBe(CHECKED_FORMAT);
      expect(raised.states.every((hex) => hex.startsWith('06'))).toBe(true);
      expect(atLevel1(raised)).toEqual(expected);
      expect(await setTrainerStoreFormat(path, OLDEST_FORMAT)).toBe(blobs);
      expect(await content(path)).toEqual({ ...expected, level: OLDEST_FORMAT });
    } finally {
      rmSync(path, { recursive: true, force: true });
    }
  });

  test('is not raised while a trainer works on it', async () => {
    const path = fixtureFolder('trainer');
    const trainerStore = openTrainerStore(path);
    const other = { host: 'there', pid: 1, nowMs: Date.now, isRunning: () => false };
    try {
      await expect(setTrainerStoreFormat(path, NEWEST_FORMAT, other)).rejects.toThrow(/uses this store/);
      expect(trainerStore.format).toBe(OLDEST_FORMAT);
      trainerStore.commit([], null);
    } finally {
      await trainerStore.close();
    }
    expect(await setTrainerStoreFormat(path, NEWEST_FORMAT, other)).toBeGreaterThan(0);
    rmSync(path, { recursive: true, force: true });
  });
});
