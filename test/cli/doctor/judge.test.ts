import type { BrokerFacts, ClusterFacts } from '../../../src/adapters/kafka/cluster-facts';
import type { RedisNodeFacts } from '../../../src/adapters/redis/server-facts';
import { judgeDisk } from '../../../src/cli/doctor/disk';
import { CHECKS, doctorLines, EXIT_OF, fault, ok, warning, worstOf } from '../../../src/cli/doctor/finding';
import { judgeClock } from '../../../src/cli/doctor/judge-clock';
import { judgeBrokers, judgeCopies, judgeTopics, judgeVersions } from '../../../src/cli/doctor/judge-kafka';
import { judgePartitioner, judgeRecords, type SampledRecord } from '../../../src/cli/doctor/judge-records';
import { judgeRedis } from '../../../src/cli/doctor/judge-redis';
import { partitionOf } from '../../../src/serde/event-rules';

const broker = (id: number, more: Partial<BrokerFacts> = {}): BrokerFacts => ({
  id,
  address: `b${id}:9092`,
  fault: null,
  metadataVersion: 13,
  ...more,
});

const cluster = (brokers: readonly BrokerFacts[], internalCopies: Record<string, number> = {}): ClusterFacts => ({
  brokers,
  internalCopies: new Map(Object.entries(internalCopies)),
  topics: new Map(),
});

describe('the verdict of doctor', () => {
  test('is the worst finding, and the exit code follows it', () => {
    const [good, odd, bad] = [ok('disk', 'a'), warning('redis', 'b', 'c'), fault('topics', 'd', 'e')];
    expect([[], [good], [odd, good], [odd, bad, good]].map((findings) => EXIT_OF[worstOf(findings)])).toEqual([
      0, 0, 3, 1,
    ]);
    expect(doctorLines([good])).toEqual(['ok       disk         a', 'nothing to mend']);
    expect(doctorLines([odd, bad])).toEqual([
      'WARNING  redis        b',
      '                      fix: c',
      'FAULT    topics       d',
      '                      fix: e',
      '1 fault, 1 warning',
    ]);
    expect(new Set(CHECKS).size).toBe(CHECKS.length);
  });
});

describe('brokers', () => {
  test('all answer', () => {
    expect(judgeBrokers(cluster([broker(1), broker(2)], { 'offsets.topic.replication.factor': 2 }))).toEqual([
      ok('brokers', '2 of 2 answer: b1:9092, b2:9092'),
    ]);
  });

  test('one that does not answer is named with the address that the cluster advertises', () => {
    const [finding] = judgeBrokers(cluster([broker(1), broker(2, { fault: 'ECONNREFUSED' })]));
    expect(finding).toMatchObject({ level: 'fault', fix: expect.stringContaining('advertised.listeners') });
    expect(finding!.finding).toContain('broker 2 does not answer at b2:9092');
  });

  test('a cluster too small for its own topics', () => {
    const [finding] = judgeBrokers(cluster([broker(1)], { 'transaction.state.log.replication.factor': 3 }));
    expect(finding).toMatchObject({
      level: 'fault',
      fix: expect.stringContaining('set transaction.state.log.replication.factor=1'),
    });
  });

  test('old ones are a warning', () => {
    expect(judgeVersions([broker(1), broker(2, { metadataVersion: 9 })])).toMatchObject([
      { level: 'warning', finding: expect.stringContaining('broker 2 is older than Kafka 2.8') },
    ]);
    expect(judgeVersions([broker(1, { metadataVersion: null })])).toEqual([]);
  });
});

describe('topics', () => {
  test('what setup finds, with its remedy as the fix', () => {
    const faults = [
      { topic: 'orders', fault: 'has 2 partitions, but 4 are configured; set the count to what exists' },
      { topic: 'clv-updates', fault: 'takes clocks; run kafka-configs.sh --alter', isBearable: true as const },
      { topic: 'clicks', fault: 'is odd' },
    ];
    expect(judgeTopics({ missing: ['clv-models'], faults }, 9)).toEqual([
      fault('topics', 'clv-models do not exist', 'run clv-stream setup'),
      fault('topics', 'orders has 2 partitions, but 4 are configured', 'set the count to what exists'),
      warning('topics', 'clv-updates takes clocks', 'run kafka-configs.sh --alter'),
      fault('topics', 'clicks is odd', 'correct it, and run clv-stream setup to check'),
    ]);
    expect(judgeTopics({ missing: [], faults: [] }, 9)).toMatchObject([{ level: 'ok' }]);
  });

  test('leaders and copies', () => {
    const copies = (hasLeader: boolean, count: number, inSync: number) => ({
      partition: 0,
      hasLeader,
      copies: count,
      inSync,
    });
    const found = (...each: ReturnType<typeof copies>[]) =>
      judgeCopies(new Map([['orders', each.map((one, partition) => ({ ...one, partition }))]]), 3);
    expect(found(copies(true, 3, 3))).toEqual([]);
    expect(found(copies(true, 3, 3), copies(false, 3, 0))).toMatchObject([
      { level: 'fault', finding: expect.stringContaining('orders (partition 1) has no leader') },
    ]);
    expect(found(copies(true, 3, 2))).toMatchObject([{ level: 'warning' }]);
    expect(found(copies(true, 1, 1))).toMatchObject([
      { level: 'warning', finding: expect.stringContaining('one copy') },
    ]);
  });
});

const PARTITIONS = 6;
const encode = (text: string) => new TextEncoder().encode(text);
const sampled = (key: string | null, partition: number): SampledRecord => ({
  partition,
  record: { offset: 0, timestampMs: 0, key: key === null ? null : encode(key), value: null },
});
const placedBy = (hash: 'murmur2' | 'crc32') =>
  Array.from({ length: 40 }, (_, i) => sampled(`c${i}`, partitionOf(`c${i}`, PARTITIONS, hash)));

describe('the partitioner', () => {
  test('fits, or is trusted, or shows in nothing yet', () => {
    const levels = [
      judgePartitioner(new Map([['orders', placedBy('murmur2')]]), PARTITIONS, 'murmur2'),
      judgePartitioner(new Map([['orders', placedBy('crc32')]]), PARTITIONS, 'arrival'),
      judgePartitioner(new Map(), PARTITIONS, 'crc32'),
    ].map((findings) => findings.map(({ level }) => level));
    expect(levels).toEqual([['ok'], ['ok'], ['ok']]);
  });

  test('of another client: the fix names the setting', () => {
    const [finding] = judgePartitioner(new Map([['orders', placedBy('crc32')]]), PARTITIONS, 'murmur2');
    expect(finding).toMatchObject({ level: 'warning', fix: expect.stringContaining('set CLV_PARTITIONER=crc32') });
  });

  test('records without a key', () => {
    const [finding] = judgePartitioner(new Map([['clicks', [sampled(null, 1)]]]), PARTITIONS, 'murmur2');
    expect(finding).toMatchObject({ level: 'warning', fix: 'Key every record by customerId.' });
  });
});

test('records that can not be used are counted, with the first reason', () => {
  const sample = new Map([['orders', [sampled('a', 0), sampled('b', 0), sampled('c', 0)]]]);
  const refused = { reason: 'wrong-currency', detail: 'USD' };
  expect(judgeRecords(sample, (_, { record }) => (record.key![0] === 97 ? null : refused))).toMatchObject([
    { level: 'warning', finding: expect.stringContaining('2 of the 3 newest records of orders') },
  ]);
  expect(judgeRecords(sample, () => null)).toMatchObject([{ level: 'ok' }]);
  expect(judgeRecords(new Map(), () => refused)).toEqual([]);
});

describe('Redis', () => {
  const node: RedisNodeFacts = {
    version: '7.2.4',
    isMaster: true,
    isClusterNode: false,
    appendsToFile: true,
    takesSnapshots: false,
    usedBytes: 1,
    limitBytes: 0,
    clockAheadMs: 0,
  };
  const levelOf = (more: Partial<RedisNodeFacts>, eviction: string | null = null) =>
    judgeRedis({ nodes: [{ ...node, ...more }], asCluster: false, eviction }).map(({ level, fix }) => [level, fix]);

  test('each fault has its fix', () => {
    expect(levelOf({})).toEqual([['ok', null]]);
    expect(levelOf({}, 'Redis has maxmemory-policy allkeys-lru: bad; set noeviction')).toEqual([
      ['fault', expect.stringContaining('maxmemory-policy noeviction')],
    ]);
    expect(levelOf({ isMaster: false })).toEqual([['fault', expect.stringContaining('REDIS_URL')]]);
    expect(levelOf({ isClusterNode: true })).toEqual([['fault', 'set REDIS_MODE=cluster']]);
    expect(levelOf({ usedBytes: 81, limitBytes: 100 })).toEqual([['warning', 'raise maxmemory']]);
    expect(levelOf({ appendsToFile: false })).toEqual([['warning', expect.stringContaining('appendonly yes')]]);
    expect(levelOf({ appendsToFile: false, takesSnapshots: true })).toEqual([['ok', null]]);
  });
});

test('clocks: who differs, in which direction, and by how much', () => {
  const found = (redis: number[], records: [string, number][] = []) =>
    judgeClock({ redisAheadMs: redis, recordsAheadMs: new Map(records) }).map(({ finding }) => finding);
  expect(found([])).toEqual([]);
  expect(found([4_000, -4_900], [['orders', -86_400_000]])).toEqual([
    "no clock differs from this machine's by more than 5 s",
  ]);
  expect(found([1_000, -90_000])[0]).toBe("this machine's clock is 90 s ahead of the clock of Redis");
  expect(found([7_200_000])[0]).toBe("this machine's clock is 2 h 0 min behind the clock of Redis");
  expect(found([0], [['orders', 3_600_000 * 23]])[0]).toContain(
    'orders holds a record that is stamped 23 h 0 min later',
  );
});

test('a disk with little room', () => {
  const level = (gib: number) => judgeDisk('/x', gib * 1024 ** 3).level;
  expect([0.1, 1, 10].map(level)).toEqual(['fault', 'warning', 'ok']);
});
