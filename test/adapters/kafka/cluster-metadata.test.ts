import { createCluster, createKafka } from '../../../src/adapters/kafka/client';
import { decodeResponse, fetchClusterMetadata } from '../../../src/adapters/kafka/cluster-metadata';
import { KafkaTopicAdmin } from '../../../src/adapters/kafka/topic-admin';
import { describeWithKafka, kafkaBrokers } from '../../support/services';

describe('the answer to a metadata request', () => {
  test('that ends too early is an error, wherever it ends', () => {
    for (let length = 0; length < 40; length++) expect(() => decodeResponse(Buffer.alloc(length, 3))).toThrow();
  });
});

describeWithKafka('metadata of the cluster', () => {
  const settings = { brokers: kafkaBrokers() ?? [], clientId: 'clv-test' };

  test('has the id of the cluster, and id, partitions and leader epochs of each topic that exists', async () => {
    const name = `metadata-${Date.now()}`;
    const admin = new KafkaTopicAdmin(settings, () => undefined);
    await admin.ensureTopics([{ name, partitions: 3, compacted: false }]);
    await admin.close();
    const cluster = createCluster(createKafka(settings, () => undefined));
    try {
      await cluster.connect();
      await cluster.refreshMetadata();
      const { clusterId, topics } = await fetchClusterMetadata(cluster, [name, `${name}-missing`]);
      expect(clusterId).toMatch(/^[\w-]{22}$/);
      expect([...topics.keys()]).toEqual([name]);
      const { id, partitions } = topics.get(name)!;
      expect(id).toMatch(/^[\w-]{22}$/);
      expect(partitions.map(({ partition }) => partition).sort()).toEqual([0, 1, 2]);
      expect(partitions.every(({ leaderEpoch }) => leaderEpoch >= 0)).toBe(true);
      expect((await fetchClusterMetadata(cluster, [name])).topics.get(name)!.id).toBe(id);
    } finally {
      await cluster.disconnect();
    }
  });
});
