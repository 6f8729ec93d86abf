import { createHash, randomUUID } from 'node:crypto';
import type { Cluster } from 'kafkajs';
import type { OffsetVector } from '../../domain/event';
import type {
  EmittedFacts,
  FencedPublisher,
  OutputTail,
  PublisherOwnership,
  PublishOutcome,
} from '../../ports/publisher';
import type { OutboxRecord } from '../../ports/state-store';
import { AtLeastOncePublisher } from './at-least-once-publisher';
import { toProduceRequests } from './batching';
import { createCluster, createKafka } from './client';
import { type ClusterMetadata, fetchClusterMetadata } from './cluster-metadata';
import { readEmitted, sentinelShows } from './emitted-offsets';
import { errorText } from './error-chain';
import { fetchBounds } from './log-bounds';
import { KafkaLogWriter } from './log-writer';
import { emittedHeaders, emittedMoves, toOutgoing, withLettersWithin } from './outbox';
import { type OutputLimits, outputLimits } from './output-limits';
import { OutputProofs } from './output-proof';
import { readOutputTail } from './output-tail';
import type { KafkaLog, KafkaSettings, PublisherSettings } from './settings';
import { TransactionalProducer } from './transactional-producer';
import { outcomeOf } from './transactions';
import { retryTransient } from './transient';

const DEFAULT_TRANSACTION_TIMEOUT_MS = 30_000;

/** The part that differs by delivery mode: how records and emitted offsets are published. */
type Emitter = Pick<FencedPublisher, 'publish' | 'close'> & { lastError(): unknown };

/** The group's offsets and the output topics' tail at the time of the takeover. */
type TakenOver = {
  readonly facts: EmittedFacts;
  readonly limits: OutputLimits;
  readonly publisher: PublisherSettings;
};

/** Publishes records and emitted offsets in one transaction. Unusable after its first failure. */
class TransactionalPublisher implements Emitter {
  private ended: Exclude<PublishOutcome, 'published'> | null = null;
  private failure: unknown = null;

  constructor(
    private readonly producer: TransactionalProducer,
    private readonly settings: PublisherSettings,
    private readonly limits: OutputLimits,
    private readonly partition: number,
    private readonly log: KafkaLog,
  ) {}

  async publish(records: readonly OutboxRecord[], emitted: OffsetVector): Promise<PublishOutcome> {
    if (this.ended) return this.ended;
    const fitting = withLettersWithin(records, this.limits.letterBytes);
    const headers = emittedHeaders(this.settings, emitted);
    const writing = { partition: this.partition, atMs: Date.now(), headers };
    const outgoing = fitting.map((record) => toOutgoing(record, this.settings, writing));
    try {
      // 1. The emitted offsets. After a crash here, the next owner's InitProducerId aborts the transaction. Nothing was visible.
      const moves = emittedMoves(this.settings, this.partition, emitted, outgoing.length > 0);
      await this.producer.sendOffsets(this.settings.groupId, moves);
      // 2. The records. After a crash here: as in 1. Readers skip them as aborted.
      for (const request of toProduceRequests(outgoing, this.limits.requestBytes)) await this.producer.send(request);
      // 3. The end, sent once. After a crash or a lost answer, the next owner reads the outcome from the emitted offsets.
      await this.producer.commit();
      return 'published';
    } catch (error) {
      this.ended = outcomeOf(error);
      this.failure = error;
      this.log('debug', `publishing partition ${this.partition}: ${this.ended}: ${errorText(error)}`, { error });
      return this.ended;
    }
  }

  lastError(): unknown {
    return this.failure;
  }

  async close(): Promise<void> {
    await this.producer.close();
  }
}

/**
 * Ownership by transactional id `<prefix>-<p>`. Each owned partition has one producer, with one or two connections per broker.
 * The sentinel is an offset of the dead-letter topic's partition p in the same group, at that partition's end. So the group's lag on it is
 * the number of dead letters since the takeover. Autoscalers and lag alarms must name the input topics.
 */
export class KafkaPublisherOwnership implements PublisherOwnership {
  private readonly open = new Set<Emitter>();

  constructor(
    private readonly settings: KafkaSettings,
    private readonly publisher: PublisherSettings,
    private readonly log: KafkaLog,
  ) {}

  /** Throws if the log is unavailable: call again with back-off. Errors that a broker marks as retriable are retried here. */
  own(partition: number): Promise<FencedPublisher> {
    return retryTransient(() => this.ownOnce(partition));
  }

  private async ownOnce(partition: number): Promise<FencedPublisher> {
    const { transactionalIdPrefix, transactionTimeoutMs = DEFAULT_TRANSACTION_TIMEOUT_MS } = this.publisher;
    const transactionalId = `${transactionalIdPrefix}-${partition}`;
    const producer = await TransactionalProducer.open(this.settings, this.log, transactionalId, transactionTimeoutMs); // 1
    try {
      return this.openPublisher(await this.takeOver(producer, partition), producer, partition);
    } catch (error) {
      await producer.close().catch(() => undefined);
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.open].map((publisher) => publisher.close()));
    this.open.clear();
  }

  /**
   * The producer has fenced the previous owner and settled its transaction (1). Waits until the group's offsets show that (2, 3). Reads
   * the emitted offsets (4) and the output topics' tail (5). The tail is needed because a coordinator may return offsets that are older than its own
   * log.
   */
  private takeOver(producer: TransactionalProducer, partition: number): Promise<TakenOver> {
    const { groupId, inputTopics, updatesTopic, deadLettersTopic: topic } = this.publisher;
    return this.onCluster(async (cluster) => {
      const { end } = await fetchBounds(cluster, topic, partition);
      const sentinel = { topic, partition, offset: end, metadata: `owner ${randomUUID()}` };
      await producer.sendOffsets(groupId, [sentinel]); // 2
      await producer.commit();
      await sentinelShows(cluster, groupId, sentinel); // 3
      const publisher = { ...this.publisher, logs: logsOf(await fetchClusterMetadata(cluster, inputTopics)) };
      const facts = await readFacts(cluster, publisher, partition); // 4, 5
      const limits = await outputLimits(cluster, updatesTopic, topic, this.log);
      return { facts, limits, publisher };
    });
  }

  private async onCluster<T>(use: (cluster: Cluster) => Promise<T>): Promise<T> {
    const cluster = createCluster(createKafka(this.settings, this.log));
    try {
      await cluster.connect();
      return await use(cluster);
    } finally {
      await cluster.disconnect().catch(() => undefined);
    }
  }

  private openPublisher(
    { facts, limits, publisher }: TakenOver,
    producer: TransactionalProducer,
    partition: number,
  ): FencedPublisher {
    const records = () => new KafkaLogWriter(this.settings, this.log, limits.requestBytes);
    const made: Emitter =
      publisher.mode === 'exactly-once'
        ? new TransactionalPublisher(producer, publisher, limits, partition, this.log)
        : new AtLeastOncePublisher({ offsets: producer, records: records() }, publisher, limits, partition, this.log);
    this.open.add(made);
    return {
      ...facts,
      maxLetterBytes: limits.letterBytes,
      readEmitted: () => retryTransient(() => this.onCluster((cluster) => readFacts(cluster, publisher, partition))),
      publish: (records, next) => made.publish(records, next),
      lastError: () => made.lastError(),
      close: async () => {
        this.open.delete(made);
        await made.close();
      },
    };
  }
}

/** Reads the tail after the offsets: records committed with those offsets are visible by then. */
async function readFacts(cluster: Cluster, publisher: PublisherSettings, partition: number): Promise<EmittedFacts> {
  const { groupId, inputTopics, epochs } = publisher;
  const offsets = await readEmitted(cluster, groupId, inputTopics, partition, epochs);
  return { ...offsets, tail: await readTail(cluster, publisher, partition) };
}

async function readTail(cluster: Cluster, publisher: PublisherSettings, partition: number): Promise<OutputTail | null> {
  const { mode, updatesTopic, deadLettersTopic } = publisher;
  if (mode === 'at-least-once') return null;
  const proofs = new OutputProofs(publisher, partition);
  return readOutputTail(cluster, [updatesTopic, deadLettersTopic], partition, (topic, record) =>
    proofs.of(topic, record),
  );
}

/** Eight characters are enough to distinguish the few incarnations of a deployment's topics. */
function logsOf({ topics }: ClusterMetadata): string {
  const ids = [...topics].map(([name, { id }]) => `${name} ${id}`).sort();
  return createHash('sha256').update(ids.join()).digest('base64url').slice(0, 8);
}
