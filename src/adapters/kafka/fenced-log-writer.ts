import { type LogWriter, type OutgoingRecord, WriterFenced } from '../../ports/log';
import { DEFAULT_MAX_BATCH_BYTES, toProduceRequests } from './batching';
import type { KafkaLog, KafkaSettings } from './settings';
import { TransactionalProducer } from './transactional-producer';
import { outcomeOf } from './transactions';
import { retryTransient } from './transient';

/** The broker aborts an append that takes longer. */
const TRANSACTION_TIMEOUT_MS = 60_000;

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
    const producer = await TransactionalProducer.open(settings, log, transactionalId, timeoutMs);
    return new FencedLogWriter(producer, transactionalId);
  });
}

/** One transaction per append: all of its records or none. Unusable after its first failure. */
class FencedLogWriter implements LogWriter {
  private ended: unknown = null;

  constructor(
    private readonly producer: TransactionalProducer,
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
    await this.producer.close();
  }

  private async appendOnce(records: readonly OutgoingRecord[]): Promise<void> {
    for (const request of toProduceRequests(records, DEFAULT_MAX_BATCH_BYTES)) await this.producer.send(request);
    // Sent once. If the answer is lost, the opening of the next writer settles the outcome.
    await this.producer.commit();
  }
}
