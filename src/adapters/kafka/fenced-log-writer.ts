import { setTimeout as delay } from 'node:timers/promises';
import type { Producer, Transaction } from 'kafkajs';
import { type LogWriter, type OutgoingRecord, WriterFenced } from '../../ports/log';
import { DEFAULT_MAX_BATCH_BYTES, toProduceRequests } from './batching';
import { createKafka } from './client';
import { errorTypes } from './error-chain';
import { produce } from './produce';
import type { KafkaLog, KafkaSettings } from './settings';
import { outcomeOf, transactionalProducer } from './transactions';
import { retryTransient } from './transient';

/** The broker aborts an append that takes longer. */
const TRANSACTION_TIMEOUT_MS = 60_000;
const CONCURRENT_RETRIES = 500;
const CONCURRENT_RETRY_MS = 20;

/**
 * Opens a writer and fences the previous one of the transactional id. When this resolves, the previous writer's transaction is settled. A
 * read-committed reader that starts afterwards sees everything it wrote.
 */
export async function openFencedLogWriter(
  settings: KafkaSettings,
  log: KafkaLog,
  transactionalId: string,
  timeoutMs = TRANSACTION_TIMEOUT_MS,
): Promise<LogWriter> {
  return retryTransient(async () => {
    const producer = transactionalProducer(createKafka(settings, log), transactionalId, timeoutMs);
    try {
      await producer.connect();
      // The first transaction sends InitProducerId, which fences. Its end sends nothing, because it has no partitions.
      await (await producer.transaction()).abort();
      return new FencedLogWriter(producer, transactionalId);
    } catch (error) {
      await producer.disconnect().catch(() => undefined);
      throw error;
    }
  });
}

/** One transaction per append: all of its records or none. Unusable after its first failure. */
class FencedLogWriter implements LogWriter {
  private ended: unknown = null;

  constructor(
    private readonly producer: Producer,
    private readonly transactionalId: string,
  ) {}

  async append(records: readonly OutgoingRecord[]): Promise<void> {
    if (this.ended !== null) throw this.ended;
    try {
      await this.appendOnce(records);
    } catch (error) {
      this.ended = outcomeOf(error) === 'fenced' ? new WriterFenced(this.transactionalId, error) : error;
      throw this.ended;
    }
  }

  async close(): Promise<void> {
    await this.producer.disconnect();
  }

  private async appendOnce(records: readonly OutgoingRecord[]): Promise<void> {
    const [first, ...rest] = toProduceRequests(records, DEFAULT_MAX_BATCH_BYTES);
    if (first === undefined) return;
    const transaction = await this.begin(first);
    for (const topicMessages of rest) await produce(transaction, topicMessages);
    // Sent once. If the answer is lost, the opening of the next writer settles the outcome.
    await transaction.commit();
  }

  /**
   * The broker may still be writing the end of the previous transaction. It then answers CONCURRENT_TRANSACTIONS before it writes any
   * record, so a retry can't store a record twice.
   */
  private async begin(topicMessages: ReturnType<typeof toProduceRequests>[number]): Promise<Transaction> {
    for (let attempt = 1; ; attempt++) {
      const transaction = await this.producer.transaction();
      try {
        await produce(transaction, topicMessages);
        return transaction;
      } catch (error) {
        if (attempt === CONCURRENT_RETRIES || !errorTypes(error).includes('CONCURRENT_TRANSACTIONS')) throw error;
        await transaction.abort();
        await delay(CONCURRENT_RETRY_MS);
      }
    }
  }
}
