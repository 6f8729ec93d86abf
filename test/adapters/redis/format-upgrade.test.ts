import { spawnSync } from 'node:child_process';
import { Redis } from 'ioredis';
import { RedisConnection } from '../../../src/adapters/redis/connection';
import { decodeOutboxBlob } from '../../../src/adapters/redis/outbox-blob';
import { RedisStateFormats } from '../../../src/adapters/redis/state-formats';
import { RedisStateReader } from '../../../src/adapters/redis/state-reader';
import { RedisStateStore } from '../../../src/adapters/redis/state-store';
import { shardOf } from '../../../src/domain/math/hash';
import { SWEEP_SHARDS } from '../../../src/ports/state-store';
import { NEWEST_FORMAT, OLDEST_FORMAT } from '../../../src/serde/format-level';
import { decodeState, encodeState, formatOfState } from '../../../src/serde/state-blob';
import { upgradeFormats } from '../../../src/services/archive/format-upgrade';
import { decodeOutboxV1, decodeStateV5, fixture, plainOf } from '../../support/format-1';
import { type Service, startRedis } from '../../support/services';

const describeWithOwnRedis = spawnSync('redis-server', ['--version']).status === 0 ? describe : describe.skip;
const silent = { dependency: () => {}, warning: () => {} };

describeWithOwnRedis('a partition that the version before left in Redis', () => {
  const states = fixture<{ blob: string; state: unknown }[]>('states.json');
  const outbox = fixture<{ bytes: string; blob: { commitId: string; folded: number[] } }[]>('outbox.json');
  const ids = states.map((_, i) => `c${i}`);
  let service: Service;
  let raw: Redis;
  let store: RedisStateStore;
  let formats: RedisStateFormats;
  let reader: RedisStateReader;
  beforeAll(async () => {
    service = await startRedis(['--appendonly', 'no', '--save', '']);
    const connection = () => new RedisConnection({ urls: [`redis://${service.address}`] }, silent);
    raw = new Redis(service.port, '127.0.0.1');
    store = new RedisStateStore(connection());
    formats = new RedisStateFormats(connection());
    reader = new RedisStateReader(connection());
  });
  afterAll(async () => {
    await Promise.all([store.close(), formats.close(), reader.close()]);
    await raw.quit();
    await service.stop();
  });
  beforeEach(async () => {
    await raw.flushall();
    const { folded } = outbox.at(-1)!.blob;
    const meta = { epoch: 7, cids: 'cid-0 cid-1 cid-3', commits: 3, folded: folded.join(','), published: '0,0,0' };
    await raw.hset('clv:{0}:meta', meta);
    await raw.rpush('clv:{0}:outbox', ...outbox.map(({ bytes }) => Buffer.from(bytes, 'base64')));
    for (const [i, { blob }] of states.entries()) {
      await raw.set(`clv:{0}:c:${ids[i]}`, Buffer.from(blob, 'base64'));
      await raw.sadd(`clv:{0}:s:${shardOf(ids[i]!, SWEEP_SHARDS)}`, ids[i]!);
    }
  });
  const stored = async () => (await store.load(0, ids)).states.map((blob) => Buffer.from(blob!));
  const upgrade = (level: number) =>
    upgradeFormats(formats, reader, { partitions: 1, level, rewrite: true, force: false }, () => {});

  test('is claimed with its outbox, and written so that the version before reads it', async () => {
    const claim = await store.claim(0);
    expect(claim).toMatchObject({
      epoch: 8,
      format: OLDEST_FORMAT,
      meta: { commitIds: ['cid-0', 'cid-1', 'cid-3'], commits: 3 },
    });
    expect(plainOf(claim.outbox)).toEqual(outbox.map(({ blob }) => blob));
    const blobs = await stored();
    expect(blobs.map((blob) => plainOf(decodeState(blob)))).toEqual(states.map(({ state }) => state));
    const { epoch, format } = claim;
    const records = [
      { kind: 'update' as const, key: null, value: Uint8Array.of(5), timestampMs: -3, covers: [300, -1, 2 ** 40] },
    ];
    const state = encodeState(decodeState(blobs[2]!), format);
    const request = { epoch, format, follows: 'cid-3', commitId: 'cid-4', folded: [301, 0, 2 ** 40 + 1], records };
    expect(await store.commit(0, { ...request, states: [{ customerId: 'c2', state, isNew: false }] })).toBe(
      'committed',
    );
    expect(decodeStateV5((await raw.getBuffer('clv:{0}:c:c2'))!)).toEqual(states[2]!.state);
    const [last] = await raw.lrangeBuffer('clv:{0}:outbox', -1, -1);
    const { commitId, folded } = request;
    expect(decodeOutboxV1(last!)).toEqual(plainOf({ commitId, folded, records }));
  });

  test('goes up beside its owner, which is fenced once, and comes down to the very bytes', async () => {
    await expect(upgrade(NEWEST_FORMAT)).rejects.toThrow(/last claimed by an earlier version/);
    const { epoch, format } = await store.claim(0);
    expect(await upgrade(NEWEST_FORMAT)).toEqual({
      changed: 1,
      untouched: 0,
      rewritten: states.length + outbox.length,
      remaining: 0,
      unreadable: [],
    });
    const late = {
      epoch,
      format,
      follows: 'cid-3',
      commitId: 'cid-4',
      folded: [301, 0, 2 ** 40],
      records: [],
      states: [],
    };
    expect(await store.commit(0, late)).toBe('fenced');
    expect((await stored()).map(formatOfState)).toEqual(states.map(() => NEWEST_FORMAT));
    const next = await store.claim(0);
    expect(next.format).toBe(NEWEST_FORMAT);
    expect(plainOf(next.outbox)).toEqual(outbox.map(({ blob }) => blob));
    expect(await upgrade(OLDEST_FORMAT)).toMatchObject({ changed: 1, rewritten: states.length + outbox.length });
    expect((await stored()).map((blob) => blob.toString('base64'))).toEqual(states.map(({ blob }) => blob));
    const back = await raw.lrangeBuffer('clv:{0}:outbox', 0, -1);
    expect(back.map((bytes) => bytes.toString('base64'))).toEqual(outbox.map(({ bytes }) => bytes));
  });

  test('a claim by the version before is noticed: the level is not raised under it', async () => {
    await store.claim(0);
    // As its claim script does.
    await raw.hincrby('clv:{0}:meta', 'epoch', 1);
    await expect(upgrade(NEWEST_FORMAT)).rejects.toThrow(/last claimed by an earlier version/);
    expect(await raw.hget('clv:{0}:meta', 'format')).toBeNull();
  });

  test.each([
    ['folded', '12,1x'],
    ['folded', '12,-1'],
    ['published', '12,,3'],
    ['published', '1e3'],
    ['commits', 'three'],
    ['cids', 'a  b'],
    ['cids', ''],
  ])('a damaged meta (%s is "%s") is refused by name, not read as something else', async (field, value) => {
    await raw.hset('clv:{0}:meta', field, value);
    await expect(store.claim(0)).rejects.toMatchObject({ code: 'redis-content' });
  });

  test('a level of a later version is refused with the page to read', async () => {
    await raw.hset('clv:{0}:meta', 'format', '9');
    await expect(store.claim(0)).rejects.toThrow(/format level 9, this program reads 1 to 3.*docs\/upgrade.md/);
  });

  test('a damaged outbox blob is refused by its declared error', async () => {
    await raw.lset('clv:{0}:outbox', 0, Buffer.from('garbage'));
    await expect(store.claim(0)).rejects.toMatchObject({ code: 'outbox-blob' });
    expect(() => decodeOutboxBlob(Buffer.from('garbage'))).toThrow(/version 103/);
  });
});
