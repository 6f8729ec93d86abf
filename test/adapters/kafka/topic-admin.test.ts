import { ConfigResourceTypes } from 'kafkajs';
import { createKafka } from '../../../src/adapters/kafka/client';
import { KafkaLogWriter } from '../../../src/adapters/kafka/log-writer';
import { KafkaTopicAdmin } from '../../../src/adapters/kafka/topic-admin';
import { describeWithKafka } from '../../support/services';
import { silent, testSettings, unique } from './cluster';

async function bytesOf(name: string): Promise<string> {
  const admin = createKafka(testSettings(), silent).admin();
  await admin.connect();
  const resource = { type: ConfigResourceTypes.TOPIC, name, configNames: ['max.message.bytes'] };
  const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [resource] });
  await admin.disconnect();
  return resources[0]!.configEntries[0]!.configValue;
}

describeWithKafka('KafkaTopicAdmin', () => {
  test('sets what the specification says', async () => {
    const admin = new KafkaTopicAdmin(testSettings(), silent);
    const name = unique('configured');
    const spec = { name, partitions: 3, compacted: true, minCompactionLagMs: 5_000, maxMessageBytes: 2_000_000 };
    expect(await admin.ensureTopics([{ ...spec, retentionMs: 86_400_000 }])).toEqual({ created: [name], faults: [] });
    await admin.close();
    const plain = createKafka(testSettings(), silent).admin();
    await plain.connect();
    const resource = { type: ConfigResourceTypes.TOPIC, name };
    const { resources } = await plain.describeConfigs({ includeSynonyms: false, resources: [resource] });
    await plain.disconnect();
    const values = new Map(resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]));
    expect(values.get('cleanup.policy')).toBe('compact');
    expect(values.get('min.compaction.lag.ms')).toBe('5000');
    expect(values.get('retention.ms')).toBe('86400000');
    expect(values.get('max.message.bytes')).toBe('2000000');
  });

  test('names the difference in the count and in the policy', async () => {
    const admin = new KafkaTopicAdmin(testSettings(), silent);
    const name = unique('differs');
    await admin.ensureTopics([{ name, partitions: 2, compacted: false }]);
    const { created, faults } = await admin.ensureTopics([{ name, partitions: 4, compacted: true }]);
    await admin.close();
    expect(created).toEqual([]);
    expect(faults.map(({ topic }) => topic)).toEqual([name, name]);
    expect(faults[0]!.fault).toContain('has 2 partitions, but 4 are configured');
    expect(faults[1]!.fault).toContain('cleanup.policy delete, but compact is needed');
  });

  test('sizes a topic by those whose records it must fit, and names the command for one that is too small', async () => {
    const admin = new KafkaTopicAdmin(testSettings(), silent);
    const [small, large, letters] = [unique('small'), unique('large'), unique('letters')];
    const plain = (name: string) => ({ name, partitions: 1, compacted: false });
    const specs = [
      { ...plain(letters), fits: [small, large], fitsRoomBytes: 1_000 },
      plain(small),
      { ...plain(large), maxMessageBytes: 3_000_000 },
    ];
    const { created, faults } = await admin.ensureTopics(specs);
    expect(created.sort()).toEqual([letters, small, large].sort());
    expect(faults).toEqual([]);
    expect(await bytesOf(letters)).toBe('3001000');
    // An input that is raised later, here by naming another.
    const huge = unique('huge');
    const later = await admin.ensureTopics([
      { ...plain(huge), maxMessageBytes: 5_000_000 },
      { ...plain(letters), fits: [small, huge], fitsRoomBytes: 1_000 },
    ]);
    await admin.close();
    expect(later.faults.map(({ topic, isBearable }) => [topic, isBearable])).toEqual([[letters, true]]);
    expect(later.faults[0]!.fault).toContain('has max.message.bytes 3001000 where 5001000 is needed');
    expect(later.faults[0]!.fault).toContain(
      `kafka-configs.sh --bootstrap-server ${testSettings().brokers.join(',')} --alter --entity-type topics --entity-name ${letters} --add-config max.message.bytes=5001000`,
    );
  });

  test('sizes by the default of the brokers if a topic has no size of its own', async () => {
    const admin = new KafkaTopicAdmin(testSettings(), silent);
    const [input, letters] = [unique('input'), unique('letters')];
    const plain = (name: string) => ({ name, partitions: 1, compacted: false });
    await admin.ensureTopics([plain(input), { ...plain(letters), fits: [input], fitsRoomBytes: 1_000 }]);
    await admin.close();
    expect(Number(await bytesOf(letters))).toBe(Number(await bytesOf(input)) + 1_000);
  });

  test('a topic stamped by its log takes records of a clock that is ahead; another one is named with the command', async () => {
    const spec = (name: string, stampedByLog: boolean) => ({ name, partitions: 1, compacted: false, stampedByLog });
    const admin = new KafkaTopicAdmin(testSettings(), silent);
    const [own, other] = [unique('by-log'), unique('by-writer')];
    expect((await admin.ensureTopics([spec(own, true), spec(other, false)])).faults).toEqual([]);
    const writer = new KafkaLogWriter(testSettings(), silent);
    const ahead = (topic: string) => {
      const timestampMs = Date.now() + 7_200_000;
      return writer.append([{ topic, partition: 0, key: null, value: new Uint8Array([1]), timestampMs }]);
    };
    await ahead(own);
    await expect(ahead(other)).rejects.toThrow(/timestamp/i);
    await writer.close();
    const { faults } = await admin.ensureTopics([spec(other, true)]);
    expect(faults).toEqual([
      { topic: other, isBearable: true, fault: expect.stringContaining('message.timestamp.type=LogAppendTime') },
    ]);
    await admin.close();
  });

  test('a topic takes no record from the future; one that does is named with the command, as is one that forgets', async () => {
    const admin = new KafkaTopicAdmin(testSettings(), silent);
    const spec = (name: string) => ({ name, partitions: 1, compacted: false, maxAheadMs: 7_200_000, retentionMs: -1 });
    const [own, other] = [unique('bounded'), unique('unbounded')];
    const open = { ...spec(other), maxAheadMs: Number.MAX_SAFE_INTEGER, retentionMs: 1_000_000_000_000 };
    expect((await admin.ensureTopics([spec(own), open])).faults).toEqual([]);
    const writer = new KafkaLogWriter(testSettings(), silent);
    const ahead = (topic: string, ms: number) => {
      const timestampMs = Date.now() + ms;
      return writer.append([{ topic, partition: 0, key: null, value: new Uint8Array([1]), timestampMs }]);
    };
    await ahead(own, 7_000_000);
    await expect(ahead(own, 8_000_000)).rejects.toThrow(/timestamp/i);
    await ahead(other, 8_000_000);
    await writer.close();
    const { faults } = await admin.ensureTopics([spec(own), spec(other)]);
    await admin.close();
    expect(faults.map(({ topic, isBearable }) => [topic, isBearable])).toEqual([
      [other, true],
      [other, true],
    ]);
    expect(faults[0]!.fault).toMatch(/deletes records after 1000000000000 ms.*--add-config retention.ms=-1/);
    expect(faults[1]!.fault).toMatch(/in the future.*--add-config message.timestamp.after.max.ms=7200000/);
  });

  test('brokers that refuse the bound, as older ones refuse an unknown setting, get the topic without it', async () => {
    const admin = new KafkaTopicAdmin(testSettings(), silent);
    const names = [unique('older'), unique('older')];
    const specs = names.map((name) => ({ name, partitions: 1, compacted: false, maxAheadMs: -1 }));
    const { created } = await admin.ensureTopics(specs);
    expect(created).toEqual(names);
    expect(await admin.partitionCounts(names)).toEqual(new Map(names.map((name) => [name, 1])));
    await expect(admin.ensureTopics([{ ...specs[0]!, name: unique('none'), partitions: 0 }])).rejects.toThrow();
    await admin.close();
  });
});
