import { createHash, randomUUID } from 'node:crypto';
import type { Cluster, Producer } from 'kafkajs';
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
import { createCluster, createKafka, errorText } from './client';
import { type ClusterMetadata, fetchClusterMetadata } from './cluster-metadata';
import { readEmitted, sentinelShows } from './emitted-offsets';
import { fetchBounds } from './log-bounds';
import { KafkaLogWriter } from './log-writer';
import { emittedMoves, toOutgoing, withLettersWithin } from './outbox';
import { type OutputLimits, outputLimits } from './output-limits';
import { OutputProofs } from './output-proof';
import { readOutputTail } from './output-tail';
import { produce } from './produce';
import type { KafkaLog, KafkaSettings, PublisherSettings } from './settings';
import { outcomeOf, sendOffsets, transactionalProducer } from './transactions';
import { retryTransient } from './transient';

const DEFAULT_TRANSACTION_TIMEOUT_MS = 30_000;

/** What a mode has of its own: how records and E get out. */
type Emitter = Pick<FencedPublisher, 'publish' | 'close'> & { lastError(): unknown };

/** What stood in the group and in the output topics when ownership was taken. */
type TakenOver = {
  readonly facts: EmittedFacts;
  readonly limits: OutputLimits;
  readonly publisher: PublisherSettings;
};

/** Records and E in one transaction. Ends with its first failure. */
class TransactionalPublisher implements Emitter {
  private ended: Exclude<PublishOutcome, 'published'> | null = null;
  private failure: unknown = null;

  constructor(
    private readonly producer: Producer,
    private readonly settings: PublisherSettings,
    private readonly limits: OutputLimits,
    private readonly partition: number,
    private readonly log: KafkaLog,
  ) {}

  async publish(records: readonly OutboxRecord[], emitted: OffsetVector): Promise<PublishOutcome> {
    if (this.ended) return this.ended;
    const fitting = withLettersWithin(records, this.limits.letterBytes);
    const writing = { partition: this.partition, atMs: Date.now(), commits: emitted };
    const outgoing = fitting.map((record) => toOutgoing(record, this.settings, writing));
    try {
      const transaction = await this.producer.transaction();
      // 1. E. A crash here: the next owner's InitProducerId aborts; nothing was seen.
      const moves = emittedMoves(this.settings, this.partition, emitted, outgoing.length > 0);
      await sendOffsets(transaction, this.settings.groupId, moves);
      // 2. The records. A crash here: as in 1; readers skip them as aborted.
      for (const topicMessages of toProduceRequests(outgoing, this.limits.requestBytes)) {
        await produce(transaction, topicMessages);
      }
      // 3. The end, sent once. A crash or a lost answer: committed or not, the next owner learns it from E.
      await transaction.commit();
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
    await this.producer.disconnect();
  }
}

/**
 * Ownership by transactional id `<prefix>-<p>`: one producer, so one or two connections per broker it talks to, for each owned partition.
 * The sentinel is an offset of the dead-letter topic's partition p in the same group. It stands at that partition's end, so the
 * group's lag on it is the number of dead letters since the owner took over; scalers and lag alarms must name the input topics.
 */
export class KafkaPublisherOwnership implements PublisherOwnership {
  private readonly open = new Set<Emitter>();

  constructor(
    private readonly settings: KafkaSettings,
    private readonly publisher: PublisherSettings,
    private readonly log: KafkaLog,
  ) {}

  /** Throws where the log is away or does not answer: own again with back-off. What a broker asks to try again is tried again here. */
  own(partition: number): Promise<FencedPublisher> {
    return retryTransient(() => this.ownOnce(partition));
  }

  private async ownOnce(partition: number): Promise<FencedPublisher> {
    const { transactionalIdPrefix, transactionTimeoutMs = DEFAULT_TRANSACTION_TIMEOUT_MS } = this.publisher;
    // Its own Kafka object: committed offsets, also those of aborted transactions, are cached in it.
    const kafka = createKafka(this.settings, this.log);
    const producer = transactionalProducer(kafka, `${transactionalIdPrefix}-${partition}`, transactionTimeoutMs);
    try {
      await producer.connect();
      return this.openPublisher(await this.takeOver(producer, partition), producer, partition);
    } catch (error) {
      await producer.disconnect().catch(() => undefined);
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.open].map((publisher) => publisher.close()));
    this.open.clear();
  }

  /**
   * Fences the owner before and settles its transaction (1), waits until that shows in the group's offsets (2, 3), reads E (4) and what the
   * output topics show of it (5): a coordinator may answer an E that is older than its own log.
   */
  private takeOver(producer: Producer, partition: number): Promise<TakenOver> {
    const { groupId, inputTopics, updatesTopic, deadLettersTopic: topic } = this.publisher;
    return this.onCluster(async (cluster) => {
      const { end } = await fetchBounds(cluster, topic, partition);
      const sentinel = { topic, partition, offset: end, metadata: `owner ${randomUUID()}` };
      const transaction = await producer.transaction(); // 1: InitProducerId
      await sendOffsets(transaction, groupId, [sentinel]); // 2
      await transaction.commit();
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
    producer: Producer,
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

/** The tail after the offsets: records that went with them must show by then. */
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

/** Eight characters tell the few incarnations of a deployment's topics apart. */
function logsOf({ topics }: ClusterMetadata): string {
  const ids = [...topics].map(([name, { id }]) => `${name} ${id}`).sort();
  return createHash('sha256').update(ids.join()).digest('base64url').slice(0, 8);
}
