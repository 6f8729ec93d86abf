import { setTimeout as delay } from 'node:timers/promises';
import { type Kafka, Partitioners, type Producer, type Transaction } from 'kafkajs';
import type { PublishOutcome } from '../../ports/publisher';
import { errorTypes } from './error-chain';

/**
 * Java's producer waits 20 ms. With 5 ms, one partition publishes about 1.6 times as often. With many partitions there is no difference.
 */
const CONCURRENT_RETRY_MS = 5;
const CONCURRENT_RETRIES = 2_000;

/**
 * The broker refused because a newer producer of the same transactional id exists, or because it aborted this producer's transaction
 * itself.
 */
const FENCING_TYPES: ReadonlySet<string> = new Set(['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED', 'INVALID_TXN_STATE']);

/** The outcome that an error anywhere inside a transaction means for the owner. */
export const outcomeOf = (error: unknown): Exclude<PublishOutcome, 'published'> =>
  errorTypes(error).some((type) => FENCING_TYPES.has(type)) ? 'fenced' : 'unknown';

/**
 * A producer without retries: after a failed produce or a lost answer, the caller discards the producer. kafkajs sends the end of a
 * transaction once, whatever the setting. Only finding the coordinator and connecting, before anything is sent, use the Kafka object's
 * retry.
 */
export function transactionalProducer(kafka: Kafka, transactionalId: string, transactionTimeoutMs: number): Producer {
  return kafka.producer({
    transactionalId,
    transactionTimeout: transactionTimeoutMs,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
    retry: { retries: 0 },
  });
}

/** One offset of a group to move, with optional metadata. */
export interface OffsetMove {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly metadata?: string;
}

/**
 * Adds offsets to a transaction, as its *first* request. The broker may still be writing the end of the previous transaction and then
 * answers CONCURRENT_TRANSACTIONS (51). Only this request is retried: the new transaction is still empty, so a retry can't double anything.
 */
export async function sendOffsets(
  transaction: Transaction,
  groupId: string,
  moves: readonly OffsetMove[],
): Promise<void> {
  const topics = moves.map(({ topic, partition, offset, metadata }) => ({
    topic,
    partitions: [{ partition, offset: `${offset}`, ...(metadata === undefined ? {} : { metadata }) }],
  }));
  for (let attempt = 1; ; attempt++) {
    try {
      await transaction.sendOffsets({ consumerGroupId: groupId, topics });
      return;
    } catch (error) {
      if (attempt === CONCURRENT_RETRIES || !errorTypes(error).includes('CONCURRENT_TRANSACTIONS')) throw error;
      await delay(CONCURRENT_RETRY_MS);
    }
  }
}
