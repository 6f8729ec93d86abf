import { createKafka } from '../../../src/adapters/kafka/client';
import { coPartitionCount, InputTopicsFault } from '../../../src/adapters/kafka/input-topics';
import { KafkaLogWriter } from '../../../src/adapters/kafka/log-writer';
import { KafkaPartitionSource } from '../../../src/adapters/kafka/partition-source';
import type { KafkaSettings } from '../../../src/adapters/kafka/settings';
import type { LogBounds, LogRecord } from '../../../src/ports/log';
import type { LogFacts } from '../../../src/ports/log-watch';
import type { SourceHandlers } from '../../../src/ports/partition-source';
import { pauseMs, until } from '../../support/process';
import { describeWithKafka, describeWithOwnKafka, type Service, startKafka } from '../../support/services';
import { makeTopics, outgoing, silent, testSettings, text, truncate, unique } from './cluster';

const PARTITIONS = 6;

/** A receiver that starts every partition at the positions of `from`, by default at 0. */
class Member implements SourceHandlers {
  readonly owned = new Set<number>();
  readonly events: string[] = [];
  readonly values = new Map<string, (string | null)[]>();
  readonly nextOffsets = new Map<string, number>();
  readonly connections: boolean[] = [];
  readonly gaps: string[] = [];
  sharedWith: string | null = null;
  readonly looks: LogFacts[] = [];
  confirmations = 0;
  release: () => Promise<void> = async () => undefined;
  from: (partition: number) => number[] = () => [];

  constructor(readonly source: KafkaPartitionSource) {}

  assigned(partition: number): void {
    this.owned.add(partition);
    this.events.push(`assigned ${partition}`);
    void this.source.position(partition, this.from(partition));
  }

  async revoked(partition: number): Promise<void> {
    await this.release();
    this.owned.delete(partition);
    this.events.push(`revoked ${partition}`);
  }

  records(partition: number, topic: number, records: readonly LogRecord[], nextOffset: number): void {
    const at = `${partition}/${topic}`;
    this.values.set(at, [...(this.values.get(at) ?? []), ...records.map(({ value }) => text(value))]);
    this.nextOffsets.set(at, nextOffset);
  }

  outOfRange(partition: number, topic: number, position: number, { start, end }: LogBounds): void {
    this.gaps.push(`${partition}/${topic} at ${position}, held ${start} to ${end}`);
  }

  shared(other: string | null): void {
    this.sharedWith = other;
  }

  looked(facts: LogFacts): void {
    this.looks.push(facts);
  }

  confirmed(): void {
    this.confirmations += 1;
  }

  connected(up: boolean): void {
    this.connections.push(up);
  }
}

function member(settings: KafkaSettings, groupId: string, inputTopics: readonly string[]): Member {
  const source = { groupId, inputTopics, sessionTimeoutMs: 6_000, heartbeatIntervalMs: 200 };
  return new Member(new KafkaPartitionSource(settings, source, silent));
}

const all = Array.from({ length: PARTITIONS }, (_, p) => p);
const sorted = (...members: Member[]): number[] => members.flatMap(({ owned }) => [...owned]).sort((a, b) => a - b);

describe('coPartitionCount', () => {
  test('names topics that are missing, and counts that differ', () => {
    expect(() => coPartitionCount(['a', 'b'], new Map([['a', 3]]))).toThrow(/b do not exist.*setup/);
    const counts = new Map([
      ['a', 3],
      ['b', 4],
    ]);
    expect(() => coPartitionCount(['a', 'b'], counts)).toThrow(/b has 4 partitions, and the other topic has 3/);
    expect(coPartitionCount(['a'], counts)).toBe(3);
  });
});

describeWithKafka('KafkaPartitionSource', () => {
  const members: Member[] = [];
  let writer: KafkaLogWriter;
  beforeEach(() => {
    writer = new KafkaLogWriter(testSettings(), silent);
  });
  afterEach(async () => {
    await Promise.all(members.splice(0).map(({ source }) => source.stop()));
    await writer.close();
  });

  async function join(groupId: string, topics: readonly string[]): Promise<Member> {
    const made = member(testSettings(), groupId, topics);
    members.push(made);
    await made.source.start(made);
    return made;
  }

  test('keeps its membership when the wall clock is set back', async () => {
    const topics = await makeTopics(['orders', 'clicks'], 2);
    const groupId = unique('group');
    const source = { groupId, inputTopics: topics, sessionTimeoutMs: 1_500, heartbeatIntervalMs: 200 };
    const one = new Member(new KafkaPartitionSource(testSettings(), source, silent));
    members.push(one);
    await one.source.start(one);
    await until('it owns both', async () => one.owned.size === 2);
    const trueNow = Date.now.bind(Date);
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => trueNow() - 3_600_000);
    try {
      const before = one.confirmations;
      // Longer than two sessions of the group.
      await pauseMs(4_000);
      expect(one.confirmations - before).toBeGreaterThan(4);
      const admin = createKafka(testSettings(), silent).admin();
      await admin.connect();
      const { groups } = await admin.describeGroups([groupId]);
      await admin.disconnect();
      expect(groups[0]?.members).toHaveLength(1);
      expect(one.events).toEqual(['assigned 0', 'assigned 1']);
    } finally {
      clock.mockRestore();
    }
  });

  test('deals whole partition numbers as members come and go, and every record reaches its owner', async () => {
    const topics = await makeTopics(['orders', 'clicks', 'browses'], PARTITIONS);
    const group = unique('group');
    const one = await join(group, topics);
    await until('one owns all', () => one.owned.size === PARTITIONS);
    const two = await join(group, topics);
    await until('they share', () => one.owned.size === 3 && two.owned.size === 3);
    const three = await join(group, topics);
    await until('three share', () => [one, two, three].every(({ owned }) => owned.size === 2));
    expect(sorted(one, two, three)).toEqual(all);
    await writer.append(topics.flatMap((topic, t) => all.map((p) => outgoing(topic, p, `${t} of ${p}`))));
    for (const [p, t] of all.flatMap((p) => topics.map((_, t) => [p, t] as const))) {
      const owner = [one, two, three].find(({ owned }) => owned.has(p))!;
      await until(`${t} of ${p} arrives`, () => owner.values.get(`${p}/${t}`)?.at(-1) === `${t} of ${p}`);
    }
    const keptByOne = [...one.owned];
    await two.source.stop();
    expect(two.owned.size).toBe(0);
    await until('two share again', () => one.owned.size === 3 && three.owned.size === 3);
    expect(sorted(one, three)).toEqual(all);
    expect([...one.owned]).toEqual(expect.arrayContaining(keptByOne));
  });

  test('assigns a partition that comes back only after it was let go of', async () => {
    const topics = await makeTopics(['orders', 'clicks'], 2);
    const group = unique('group');
    const one = await join(group, topics);
    await until('one owns all', () => one.owned.size === 2);
    let letGo = (): void => undefined;
    const blocked = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    one.release = () => blocked;
    const two = await join(group, topics);
    await until('two owns one', () => two.owned.size === 1);
    const [moved] = [...two.owned] as [number];
    await two.source.stop();
    const confirmations = one.confirmations;
    await until('one is confirmed again', () => one.confirmations > confirmations + 2);
    expect(one.events.filter((event) => event.endsWith(` ${moved}`))).toEqual([`assigned ${moved}`]);
    letGo();
    await until('it is assigned again', () => one.events.length === 4);
    expect(one.events.filter((event) => event.endsWith(` ${moved}`))).toEqual([
      `assigned ${moved}`,
      `revoked ${moved}`,
      `assigned ${moved}`,
    ]);
  });

  test('goes on from the start if the log no longer holds the position, and commits nothing ever', async () => {
    const topics = await makeTopics(['orders', 'clicks'], 1);
    const group = unique('group');
    await writer.append(['a', 'b', 'c', 'd'].map((value) => outgoing(topics[0]!, 0, value)));
    await truncate(topics[0]!, 0, 2);
    const one = await join(group, topics);
    await until('the rest arrives', () => one.values.get('0/0')?.length === 2);
    expect(one.values.get('0/0')).toEqual(['c', 'd']);
    expect(one.nextOffsets.get('0/0')).toBe(4);
    await one.source.stop();
    const admin = createKafka(testSettings(), silent).admin();
    await admin.connect();
    const offsets = await admin.fetchOffsets({ groupId: group, topics });
    await admin.disconnect();
    expect(offsets.flatMap(({ partitions }) => partitions.map(({ offset }) => offset))).toEqual(['-1', '-1']);
  });

  test('waits at a position beyond the end of the log and reports it; the log does not count as away', async () => {
    const topics = await makeTopics(['orders', 'clicks'], 1);
    const one = member(testSettings(), unique('group'), topics);
    members.push(one);
    one.from = () => [5, 0];
    await one.source.start(one);
    await writer.append([outgoing(topics[1]!, 0, 'goes on')]);
    await until('the other topic goes on', () => one.values.get('0/1')?.length === 1);
    await until('the gap is told', () => one.gaps.includes('0/0 at 5, held 0 to 0'));
    expect(one.connections).not.toContain(false);
    const { topics: found } = one.looks.at(-1)!;
    expect(topics.map((name) => found.get(name))).toEqual(
      topics.map(() => ({ id: expect.any(String), partitions: 1 })),
    );
    expect(one.values.get('0/0')).toBeUndefined();
  });

  test('refuses input topics that are missing or differ in their partition counts', async () => {
    const [orders] = (await makeTopics(['orders'], 2)) as [string];
    const [clicks] = (await makeTopics(['clicks'], 3)) as [string];
    await expect(join(unique('group'), [orders, clicks])).rejects.toThrow(InputTopicsFault);
    await expect(join(unique('group'), [orders, unique('nowhere')])).rejects.toThrow(/do not exist/);
  });
});

describeWithOwnKafka('KafkaPartitionSource and a broker that goes away', () => {
  let broker: Service;
  beforeAll(async () => {
    broker = await startKafka();
  });
  afterAll(async () => {
    await broker.stop();
  });

  test('goes on after the restart, with the same partitions and without a gap', async () => {
    const settings = testSettings([broker.address]);
    const topics = await makeTopics(['orders', 'clicks'], 2, {}, settings);
    const writer = new KafkaLogWriter(settings, silent);
    const one = member(settings, unique('group'), topics);
    await one.source.start(one);
    await writer.append([outgoing(topics[0]!, 0, 'before')]);
    await until('the first record arrives', () => one.values.get('0/0')?.length === 1);
    await broker.kill();
    await until('it is told', () => one.connections.at(-1) === false);
    await broker.restart();
    await until('the record is appended', async () => {
      return writer.append([outgoing(topics[0]!, 0, 'after')]).then(
        () => true,
        () => false,
      );
    });
    await until('it is back', () => one.connections.at(-1) === true);
    await until('the second record arrives', () => one.values.get('0/0')?.at(-1) === 'after');
    const confirmations = one.confirmations;
    await until('ownership is confirmed', () => one.confirmations > confirmations + 1);
    expect([...new Set(one.values.get('0/0'))]).toEqual(['before', 'after']);
    expect([...one.owned].sort()).toEqual([0, 1]);
    await one.source.stop();
    await writer.close();
  });

  test('starts in the background if the broker is away', async () => {
    const settings = testSettings([broker.address]);
    const topics = await makeTopics(['orders', 'clicks'], 2, {}, settings);
    await broker.kill();
    const one = member(settings, unique('group'), topics);
    await one.source.start(one);
    expect(one.connections).toEqual([false]);
    await broker.restart();
    await until('it owns all', () => one.owned.size === 2);
    await one.source.stop();
  });

  test('stops while the broker is away', async () => {
    const settings = testSettings([broker.address]);
    const topics = await makeTopics(['orders', 'clicks'], 2, {}, settings);
    const one = member(settings, unique('group'), topics);
    await one.source.start(one);
    await until('it owns all', () => one.owned.size === 2);
    await broker.kill();
    await one.source.stop();
    expect(one.owned.size).toBe(0);
    await broker.restart();
  });
});
