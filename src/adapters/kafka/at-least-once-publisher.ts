import type { OffsetVector } from '../../domain/event';
import type { FencedPublisher, PublishOutcome } from '../../ports/publisher';
import type { OutboxRecord } from '../../ports/state-store';
import { errorText } from './error-chain';
import type { KafkaLogWriter } from './log-writer';
import { emittedMoves, toOutgoing, withLettersWithin } from './outbox';
import type { OutputLimits } from './output-limits';
import type { KafkaLog, PublisherSettings } from './settings';
import type { TransactionalProducer } from './transactional-producer';
import { outcomeOf } from './transactions';

const OFFSETS_EVERY_MS = 1_000;

/**
 * Publishes with acks=all and without a transaction: readers see the records at once, also those of a replaced owner.
 * The emitted offsets follow within a second, in a transaction of their own. A plain offset commit would need the generation of the
 * group member, and a transaction fences as well.
 */
export class AtLeastOncePublisher implements Pick<FencedPublisher, 'publish' | 'close'> {
  private ended: Exclude<PublishOutcome, 'published'> | null = null;
  private failure: unknown = null;
  /** Emitted offsets that are not yet committed to the group. */
  private pending: OffsetVector | null = null;
  private timer: NodeJS.Timeout | null = null;
  private moving: Promise<void> = Promise.resolve();

  constructor(
    private readonly producers: { readonly offsets: TransactionalProducer; readonly records: KafkaLogWriter },
    private readonly publisher: PublisherSettings,
    private readonly limits: OutputLimits,
    private readonly partition: number,
    private readonly log: KafkaLog,
  ) {}

  async publish(records: readonly OutboxRecord[], emitted: OffsetVector): Promise<PublishOutcome> {
    if (this.ended) return this.ended;
    const fitting = withLettersWithin(records, this.limits.letterBytes);
    try {
      const writing = { partition: this.partition, atMs: Date.now() };
      await this.producers.records.append(fitting.map((record) => toOutgoing(record, this.publisher, writing)));
    } catch (error) {
      return this.end(error);
    }
    this.pending = emitted;
    this.timer ??= setTimeout(() => this.moveOffsets(), OFFSETS_EVERY_MS);
    return 'published';
  }

  lastError(): unknown {
    return this.failure;
  }

  async close(): Promise<void> {
    this.moveOffsets();
    await this.moving;
    await this.producers.records.close();
    await this.producers.offsets.close();
  }

  private moveOffsets(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.moving = this.moving.then(() => this.moveOnce());
  }

  private async moveOnce(): Promise<void> {
    const emitted = this.pending;
    if (emitted === null || this.ended) return;
    this.pending = null;
    try {
      const { offsets } = this.producers;
      await offsets.sendOffsets(this.publisher.groupId, emittedMoves(this.publisher, this.partition, emitted, false));
      await offsets.commit();
    } catch (error) {
      this.end(error);
    }
  }

  private end(error: unknown): Exclude<PublishOutcome, 'published'> {
    this.ended = outcomeOf(error);
    this.failure = error;
    this.log('debug', `publishing partition ${this.partition}: ${this.ended}: ${errorText(error)}`, { error });
    return this.ended;
  }
}
