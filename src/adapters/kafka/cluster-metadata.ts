import type { Cluster } from 'kafkajs';
import { errorText } from './error-chain';
import { RequestWriter, ResponseReader } from './protocol-bytes';
import { askBroker } from './wire-requests';

export interface PartitionMetadata {
  readonly partition: number;
  readonly leader: number;
  /** Rises with each new leader. −1 if the broker does not send it. */
  readonly leaderEpoch: number;
}

export interface TopicMetadata {
  /** 22 characters, as Kafka's tools print it. null if the broker does not send it. */
  readonly id: string | null;
  readonly partitions: readonly PartitionMetadata[];
}

export interface ClusterMetadata {
  readonly clusterId: string;
  /** Topics that don't exist are absent. */
  readonly topics: ReadonlyMap<string, TopicMetadata>;
}

/** Version 10 is the first with topic ids (Kafka 2.8). kafkajs has versions up to 6. */
const METADATA = { apiKey: 3, apiVersion: 10, apiName: 'Metadata' };
const UNKNOWN_TOPIC = 3;
const NO_ID = 'AAAAAAAAAAAAAAAAAAAAAA';

/** Sends one request, regardless of the number of partitions. Older brokers answer without ids and leader epochs. */
export async function fetchClusterMetadata(cluster: Cluster, topics: readonly string[]): Promise<ClusterMetadata> {
  await cluster.addMultipleTargetTopics([]);
  let fault: unknown = new Error('the cluster metadata lists no broker; check KAFKA_BROKERS');
  for (const nodeId of cluster.getNodeIds()) {
    try {
      const broker = await cluster.findBroker({ nodeId: `${nodeId}` });
      const metadata = await askBroker(broker, METADATA, encodeRequest(topics), decodeResponse);
      return metadata ?? (await olderMetadata(broker, topics));
    } catch (error) {
      fault = error;
    }
  }
  throw fault;
}

/**
 * Request 10 => header tags, [topics], may create, cluster operations, topic operations, tags
 *   topic   => id: 16 bytes, name: compact string, tags
 */
export function encodeRequest(topics: readonly string[]): Buffer {
  const writer = new RequestWriter().tags().count(topics.length);
  for (const name of topics) writer.bytes(Buffer.alloc(16)).text(name).tags();
  return writer.flag(false).flag(false).flag(false).tags().done();
}

/**
 * Response 10 => header tags, throttle: int32, [brokers], cluster id: compact string, controller: int32, [topics], operations: int32, tags
 *   broker    => node: int32, host: compact string, port: int32, rack: compact string, tags
 *   topic     => error: int16, name: compact string, id: 16 bytes, internal: bool, [partitions], operations: int32, tags
 *   partition => error: int16, partition: int32, leader: int32, leader epoch: int32, [replicas], [in sync], [offline], tags
 */
export function decodeResponse(response: Buffer): ClusterMetadata {
  const reader = new ResponseReader(response);
  reader.tags();
  reader.int32();
  reader.array(() => {
    reader.int32();
    reader.text();
    reader.int32();
    reader.text();
    reader.tags();
  });
  const clusterId = reader.text() ?? '';
  reader.int32();
  const topics = new Map<string, TopicMetadata>();
  reader.array(() => {
    const error = reader.int16();
    const name = reader.text() ?? '';
    const id = reader.bytes(16).toString('base64url');
    reader.int8();
    const partitions = reader.array(() => decodePartition(reader));
    reader.int32();
    reader.tags();
    if (error === 0) topics.set(name, { id: id === NO_ID ? null : id, partitions });
    else if (error !== UNKNOWN_TOPIC) throw new Error(`metadata of topic ${name}: the broker answers error ${error}`);
  });
  return { clusterId, topics };
}

function decodePartition(reader: ResponseReader): PartitionMetadata {
  reader.int16();
  const partition = reader.int32();
  const leader = reader.int32();
  const leaderEpoch = reader.int32();
  for (let list = 0; list < 3; list++) reader.array(() => reader.int32());
  reader.tags();
  return { partition, leader, leaderEpoch };
}

type Broker = Awaited<ReturnType<Cluster['findBroker']>>;

async function olderMetadata(broker: Broker, topics: readonly string[]): Promise<ClusterMetadata> {
  const found = new Map<string, TopicMetadata>();
  let clusterId = '';
  // One request per topic: kafkajs throws for the whole request if one topic does not exist.
  for (const topic of topics) {
    try {
      const answer = (await broker.metadata([topic])) as Awaited<ReturnType<Broker['metadata']>> & {
        clusterId?: string;
      };
      clusterId = answer.clusterId ?? '';
      const partitions = answer.topicMetadata[0]?.partitionMetadata ?? [];
      found.set(topic, {
        id: null,
        partitions: partitions.map(({ partitionId, leader }) => ({ partition: partitionId, leader, leaderEpoch: -1 })),
      });
    } catch (error) {
      if (!/does not host this topic-partition/.test(errorText(error))) throw error;
    }
  }
  return { clusterId, topics: found };
}
