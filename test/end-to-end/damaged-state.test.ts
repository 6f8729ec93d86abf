import { Redis } from 'ioredis';
import { openEmbedded } from '../../src/adapters/embedded/environment';
import { stateKey } from '../../src/adapters/embedded/layout';
import { RedisKeys } from '../../src/adapters/redis/keys';
import { isComplete, passes } from '../../src/domain/audit/audit';
import { EVENT_TOPICS } from '../../src/domain/event';
import { murmur2Partition } from '../../src/domain/math/hash';
import { runCommand } from '../support/cli';
import { environmentOf } from '../support/cli-process';
import { type Deployment, type DeploymentKind, openDeployment } from '../support/deployment';
import { until } from '../support/process';
import { simulatedRecords } from '../support/recorded-stream';
import { describeWithKafkaAndRedis, redisUrl } from '../support/services';

const partitionOf = (customerId: string) => murmur2Partition(new TextEncoder().encode(customerId), 3);

/** Changes one customer's stored bytes behind the program's back; null deletes them. */
type Damage = (bytes: Buffer) => Buffer | null;

const DAMAGES: readonly Damage[] = [
  () => Buffer.from('hello'),
  (bytes) => bytes.subarray(0, bytes.length - 5),
  () => null,
];

async function damage(deployment: Deployment, customerId: string, change: Damage): Promise<void> {
  const partition = partitionOf(customerId);
  if (deployment.kind === 'kafka') {
    const client = new Redis(redisUrl() ?? '');
    const key = new RedisKeys(deployment.settings.CLV_REDIS_PREFIX).state(partition, customerId);
    const changed = change((await client.getBuffer(key))!);
    if (changed === null) await client.del(key);
    else await client.set(key, changed);
    await client.quit();
    return;
  }
  const env = openEmbedded({ path: `${deployment.settings.CLV_HOME}/log` });
  env.write(() => {
    const changed = change(Buffer.from(env.states.get(stateKey(partition, customerId))!));
    if (changed === null) env.states.removeSync(stateKey(partition, customerId));
    else env.states.putSync(stateKey(partition, customerId), changed);
  });
  await env.close();
}

function suite(kind: DeploymentKind): void {
  test('costs its customer alone; a rebuild and a replay make it whole, and the audit is exact', async () => {
    // Each state is read from the store for each batch.
    const deployment = await openDeployment(kind, { CLV_MAX_IDLE_MS: '100', CLV_STATE_CACHE_BYTES: '0' });
    try {
      const environment = environmentOf(deployment.settings);
      const records = simulatedRecords(deployment, 700, { customers: 20, seed: 11 });
      await deployment.write(records.slice(0, 400));
      const scorer = await deployment.startScorer();
      await deployment.drained();
      const before = await deployment.states();
      const counts = new Map<string, number>();
      for (const { key } of records.slice(400)) {
        const id = Buffer.from(key!).toString();
        if (before.has(id)) counts.set(id, (counts.get(id) ?? 0) + 1);
      }
      const hurt = [...counts]
        .sort((a, b) => b[1] - a[1])
        .slice(0, DAMAGES.length)
        .map(([id]) => id);
      for (const [i, id] of hurt.entries()) await damage(deployment, id, DAMAGES[i]!);

      await deployment.write(records.slice(400));
      await deployment.drained();
      expect(scorer.readiness().ready).toBe(true);
      const letters = await deployment.deadLetters();
      expect(new Set(letters.map(({ reason }) => reason))).toEqual(new Set(['state-unreadable']));
      const expected = hurt.reduce((sum, id) => sum + counts.get(id)!, 0);
      expect(letters).toHaveLength(expected);
      expect(await deployment.updates()).toHaveLength(700 - expected);
      for (const id of hurt) {
        const named = deployment.notices.filter(
          ({ level, message }) => level === 'error' && message.includes(`customer ${id} `),
        );
        expect(named.map(({ message }) => message)).toEqual([expect.stringContaining('clv-stream state rebuild')]);
      }

      const [first, ...rest] = hurt;
      const one = runCommand(['state', 'rebuild', '--', first!], environment);
      expect(one).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/: rebuilt: .*counts and hashes match its last update/),
      });
      expect(one.stdout).toContain(`still missing: ${counts.get(first!)}. Add them: clv-stream dead-letters replay`);
      const all = runCommand(['state', 'rebuild', '--all'], environment);
      expect(all).toMatchObject({ code: 0, stdout: expect.stringContaining(`${rest.length} rebuilt, 0 left`) });
      const again = runCommand(['state', 'rebuild', '--', first!], environment);
      expect(again).toMatchObject({ code: 1, stdout: expect.stringContaining('its state can be read') });
      const rebuilt = await deployment.states();
      for (const id of hurt) {
        const [own, was] = [rebuilt.get(id)!, before.get(id)!];
        expect(own.window).toEqual(was.window);
        expect({ ...own.summary, decayed: [] }).toEqual({ ...was.summary, decayed: [] });
        expect(own.folded).toEqual(was.folded);
        expect(own.published).toEqual(was.published);
        for (const [i, count] of own.summary.decayed.entries()) expect(count).toBeCloseTo(was.summary.decayed[i]!, 3);
      }

      const replay = runCommand(['dead-letters', 'replay', '--reason', 'state-unreadable', '--write'], environment);
      expect(replay).toMatchObject({ code: 0, stdout: expect.stringContaining(`${expected} written`) });
      await deployment.drained();
      const readable = runCommand(['state', 'rebuild', '--readable-too', '--', first!], environment);
      expect(readable).toMatchObject({ code: 0, stdout: expect.not.stringContaining('still missing') });
      expect(await deployment.deadLetters()).toHaveLength(expected);
      const verdicts = await deployment.audit();
      expect(verdicts.flatMap(({ findings }) => findings)).toEqual([]);
      expect([verdicts.every(passes), verdicts.every(isComplete)]).toEqual([true, true]);
      const states = await deployment.states();
      const folded = [...states.values()].flatMap((state) => EVENT_TOPICS.map((topic) => state.folded[topic]!.count));
      expect(folded.reduce((sum, count) => sum + count, 0)).toBe(700);
    } finally {
      await deployment.close();
    }
  }, 120_000);
}

describeWithKafkaAndRedis('a damaged or deleted state that its scorer holds in memory', () => {
  test('is whole again with the next commit; a rebuild is not written over, and the audit is exact', async () => {
    const deployment = await openDeployment('kafka', { CLV_MAX_IDLE_MS: '100' });
    try {
      const records = simulatedRecords(deployment, 700, { customers: 20, seed: 11 });
      const [first, second, third] = [records.slice(0, 400), records.slice(400, 600), records.slice(600)];
      await deployment.write(first);
      const scorer = await deployment.startScorer();
      await deployment.drained();
      const later = [second, third].map((part) => new Set(part.map(({ key }) => Buffer.from(key!).toString())));
      const hurt = [...(await deployment.states()).keys()].filter((id) => later.every((ids) => ids.has(id)));
      expect(hurt.length).toBeGreaterThanOrEqual(DAMAGES.length);
      for (const [i, change] of DAMAGES.entries()) await damage(deployment, hurt[i]!, change);
      await deployment.write(second);
      await deployment.drained();

      const named = ['state', 'rebuild', '--readable-too', '--', hurt[0]!];
      expect(runCommand(named, environmentOf(deployment.settings)).code).toBe(0);
      await deployment.write(third);
      await deployment.drained();
      expect(deployment.notices.filter(({ level }) => level === 'error')).toEqual([]);
      expect(scorer.readiness().ready).toBe(true);
      expect(await deployment.deadLetters()).toEqual([]);
      expect(await deployment.updates()).toHaveLength(700);
      const verdicts = await deployment.audit();
      expect(verdicts.flatMap(({ findings }) => findings)).toEqual([]);
      expect([verdicts.every(passes), verdicts.every(isComplete)]).toEqual([true, true]);
      const states = [...(await deployment.states()).values()];
      const folded = states.flatMap((state) => EVENT_TOPICS.map((topic) => state.folded[topic]!.count));
      expect(folded.reduce((sum, count) => sum + count, 0)).toBe(700);
    } finally {
      await deployment.close();
    }
  }, 120_000);
});

/** What is wrong with a partition as a whole, and what the scorer then says. */
const PARTITION_DAMAGES: readonly [
  string,
  (client: Redis, keys: RedisKeys, partition: number) => Promise<unknown>,
  RegExp,
][] = [
  [
    'a damaged outbox',
    (client, keys, partition) => client.rpush(keys.outbox(partition), 'no commit'),
    /commit 1 of 1 in the outbox of partition \d/,
  ],
  [
    'a part of a commit that came back',
    (client, keys, partition) => client.hincrby(keys.meta(partition), 'begun', 1),
    /partition \d in Redis holds a part of a commit/,
  ],
];

describeWithKafkaAndRedis('a damaged partition', () => {
  test.each(PARTITION_DAMAGES)(
    '%s: stands still and names partition and command; the partition folded again publishes each update once',
    async (_, hurt, says) => {
      const deployment = await openDeployment('kafka', { CLV_MAX_IDLE_MS: '100' });
      try {
        const records = simulatedRecords(deployment, 500, { customers: 20, seed: 12 });
        await deployment.write(records.slice(0, 300));
        const first = await deployment.startScorer();
        await deployment.drained();
        await first.stop();
        const partition = partitionOf(Buffer.from(records[300]!.key!).toString());
        const client = new Redis(redisUrl() ?? '');
        await hurt(client, new RedisKeys(deployment.settings.CLV_REDIS_PREFIX), partition);
        await client.quit();

        await deployment.write(records.slice(300));
        const second = await deployment.startScorer();
        const reason = () => second.readiness().reasons.find((each) => says.test(each));
        await until('the scorer says why it stands still', async () => reason() !== undefined);
        expect(reason()).toContain(`clv-stream state rebuild --partition ${partition}`);
        const lines = deployment.notices.filter(({ level, message }) => level === 'error' && says.test(message));
        expect(lines).toHaveLength(1);
        await second.stop();

        const rebuilt = runCommand(
          ['state', 'rebuild', '--partition', `${partition}`],
          environmentOf(deployment.settings),
        );
        expect(rebuilt).toMatchObject({ code: 0, stdout: expect.stringContaining('is empty now') });
        await deployment.startScorer();
        await deployment.drained();
        expect(await deployment.updates()).toHaveLength(500);
        expect(await deployment.deadLetters()).toEqual([]);
        const verdicts = await deployment.audit();
        expect(verdicts.flatMap(({ findings }) => findings)).toEqual([]);
        expect([verdicts.every(passes), verdicts.every(isComplete)]).toEqual([true, true]);
      } finally {
        await deployment.close();
      }
    },
    240_000,
  );
});

describe('a damaged or deleted state on the embedded store', () => suite('embedded'));
describeWithKafkaAndRedis('a damaged or deleted state on Kafka and Redis', () => suite('kafka'));
