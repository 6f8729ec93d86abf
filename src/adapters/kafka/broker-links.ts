import type { Broker, Cluster } from 'kafkajs';
import { BrokerRefusal } from './broker-errors';
import { createCluster, createKafka } from './client';
import type { KafkaLog, KafkaSettings } from './settings';
import type { TopicPartition } from './topic-partition';
import { askBroker, offers, type RequestKind } from './wire-requests';

/**
 * kafkajs gives up a request after 30 s, but not a connection that hangs while it authenticates, and not a request whose connection is
 * being closed. This is for those.
 */
const DEADLINE_MS = 45_000;
const UNKNOWN_PARTITION = 3;

/** A broker by its id, so that a connection that broke is opened again. */
export interface Link {
  readonly nodeId: string;
}

export type CoordinatorKind = 'group' | 'transaction';

/** No answer came. Whether the request was carried out is unknown. */
export class RequestUnanswered extends Error {
  override readonly name = 'RequestUnanswered';
  readonly type = 'REQUEST_TIMED_OUT';
}

/** A producer's connections: to the leaders of partitions and to the coordinators. kafkajs opens them and reads the metadata. */
export class BrokerLinks {
  private readonly cluster: Cluster;
  private readonly coordinators = new Map<string, Link>();
  private readonly brokers = new Map<string, Broker>();

  constructor(settings: KafkaSettings, log: KafkaLog) {
    this.cluster = createCluster(createKafka(settings, log));
  }

  connect(): Promise<void> {
    return inTime('a connection', this.cluster.connect());
  }

  close(): Promise<void> {
    return this.cluster.disconnect();
  }

  /** Any broker. */
  async any(): Promise<Link> {
    return inTime('the metadata', this.anyNow());
  }

  /** The present leaders of partitions. Throws BrokerRefusal if a partition does not exist. */
  leaders(partitions: readonly TopicPartition[]): Promise<Link[]> {
    return inTime('the metadata', this.leadersNow(partitions));
  }

  /** Read again after a broker has denied that it is the leader, and after a connection broke. */
  refresh(): Promise<void> {
    this.coordinators.clear();
    return inTime('the metadata', this.cluster.refreshMetadata());
  }

  /** Remembered until it can't be reached, or {@link forget}: kafkajs asks each time, which costs a round trip. */
  async coordinator(kind: CoordinatorKind, name: string): Promise<Link> {
    const key = `${kind} ${name}`;
    const known = this.coordinators.get(key);
    if (known !== undefined && (await this.isReachable(known))) return known;
    const link = await inTime(`the question for the coordinator of ${key}`, this.coordinatorNow(kind, name));
    this.coordinators.set(key, link);
    return link;
  }

  forget(kind: CoordinatorKind, name: string): void {
    this.coordinators.delete(`${kind} ${name}`);
  }

  private async isReachable(link: Link): Promise<boolean> {
    try {
      await inTime('a connection', this.cluster.findBroker(link));
      return true;
    } catch {
      return false;
    }
  }

  /** Whether the broker has the version of a request. It must have been asked something before. */
  offers({ nodeId }: Link, kind: Pick<RequestKind, 'apiKey' | 'apiVersion'>): boolean {
    const broker = this.brokers.get(nodeId);
    return broker !== undefined && offers(broker, kind);
  }

  async ask<T extends object>(
    { nodeId }: Link,
    kind: RequestKind,
    payload: Buffer,
    decode: (answer: Buffer) => T,
  ): Promise<T> {
    const answer = await inTime(kind.apiName, this.askNow(nodeId, kind, payload, decode));
    if (answer === null)
      throw new Error(`broker ${nodeId} does not take ${kind.apiName} in version ${kind.apiVersion}`);
    return answer;
  }

  private async askNow<T extends object>(
    nodeId: string,
    kind: RequestKind,
    payload: Buffer,
    decode: (answer: Buffer) => T,
  ): Promise<T | null> {
    const broker = await this.cluster.findBroker({ nodeId });
    this.brokers.set(nodeId, broker);
    return askBroker(broker, kind, payload, decode);
  }

  private async coordinatorNow(kind: CoordinatorKind, name: string): Promise<Link> {
    await this.cluster.refreshMetadataIfNecessary();
    // kafkajs' public type lacks the kind of coordinator.
    const asked = { groupId: name, coordinatorType: kind === 'group' ? 0 : 1 };
    // This one asks again while the coordinator is on its way. But kafkajs can mistake the id of the broker that it returns.
    await this.cluster.findGroupCoordinator(asked);
    const { coordinator } = await this.cluster.findGroupCoordinatorMetadata(asked);
    return { nodeId: `${coordinator.nodeId}` };
  }

  private async anyNow(): Promise<Link> {
    await this.cluster.addMultipleTargetTopics([]);
    const [nodeId] = this.cluster.getNodeIds();
    if (nodeId === undefined) throw new Error('the cluster metadata lists no broker; check KAFKA_BROKERS');
    return { nodeId: `${nodeId}` };
  }

  private async leadersNow(partitions: readonly TopicPartition[]): Promise<Link[]> {
    await this.cluster.addMultipleTargetTopics([...new Set(partitions.map(({ topic }) => topic))]);
    await this.cluster.refreshMetadataIfNecessary();
    return partitions.map(({ topic, partition }) => {
      const [nodeId] = Object.keys(this.cluster.findLeaderForPartitions(topic, [partition]));
      if (nodeId === undefined) throw new BrokerRefusal(`records of ${topic}/${partition}`, UNKNOWN_PARTITION, topic);
      return { nodeId };
    });
  }
}

/** Rejects if nothing came of it in time. What was sent may still be carried out. */
async function inTime<T>(what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new RequestUnanswered(`no answer to ${what} in ${DEADLINE_MS} ms`)), DEADLINE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
