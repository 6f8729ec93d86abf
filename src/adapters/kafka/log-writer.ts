import type { LogWriter, OutgoingRecord } from '../../ports/log';
import { DEFAULT_MAX_BATCH_BYTES, toProduceRequests } from './batching';
import { IdempotentProducer } from './idempotent-producer';
import type { KafkaLog, KafkaSettings } from './settings';

/**
 * Appends with acks=all and an idempotent producer, so a retried request is not stored twice. Uncompressed, because records are read far
 * more often than written. A failed call may have stored some of its records: call again and accept repeats.
 */
export class KafkaLogWriter implements LogWriter {
  private producer: Promise<IdempotentProducer> | null = null;
  private tail: Promise<void> = Promise.resolve();

  constructor(
    private readonly settings: KafkaSettings,
    private readonly log: KafkaLog,
    private readonly maxBatchBytes = DEFAULT_MAX_BATCH_BYTES,
  ) {}

  /** Calls run in the order in which they were made. */
  append(records: readonly OutgoingRecord[]): Promise<void> {
    const run = this.tail.then(() => this.send(records));
    this.tail = run.catch(() => undefined);
    return run;
  }

  async close(): Promise<void> {
    await this.tail;
    await this.discard();
  }

  private async send(records: readonly OutgoingRecord[]): Promise<void> {
    try {
      this.producer ??= IdempotentProducer.open(this.settings, this.log);
      const producer = await this.producer;
      for (const request of toProduceRequests(records, this.maxBatchBytes)) await producer.send(request);
    } catch (error) {
      // After a failure the producer's sequence numbers may be wrong, so the next call starts with a new producer.
      await this.discard();
      throw error;
    }
  }

  private async discard(): Promise<void> {
    const producer = await this.producer?.catch(() => null);
    this.producer = null;
    await producer?.close().catch(() => undefined);
  }
}
