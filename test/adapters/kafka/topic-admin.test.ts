import { ConfigResourceTypes } from 'kafkajs';
import { createKafka } from '../../../src/adapters/kafka/client';
import { KafkaTopicAdmin } from '../../../src/adapters/kafka/topic-admin';
import { describeWithKafka } from '../../support/services';
import { silent, testSettings, unique } from './cluster';

describeWithKafka('KafkaTopicAdmin', () => {
  it('sets what the specification says', async () => {
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

  it('names the difference in the count and in the policy', async () => {
    const admin = new KafkaTopicAdmin(testSettings(), silent);
    const name = unique('differs');
    await admin.ensureTopics([{ name, partitions: 2, compacted: false }]);
    const { created, faults } = await admin.ensureTopics([{ name, partitions: 4, compacted: true }]);
    await admin.close();
    expect(created).toEqual([]);
    expect(faults.map(({ topic }) => topic)).toEqual([name, name]);
    expect(faults[0]!.fault).toContain('has 2 partitions where 4');
    expect(faults[1]!.fault).toContain('cleanup.policy delete where compact');
  });
});
