import type { OffsetVector } from '../domain/event';
import type { OutboxRecord } from './state-store';

/** published: committed. fenced: another owner took over. unknown: throw this publisher away and own again; never retried. */
export type PublishOutcome = 'published' | 'fenced' | 'unknown';

/** Publishes one partition's outbox together with E, as its only living owner. */
export interface FencedPublisher {
  /** E as it stood when ownership was taken; null where the group has none. */
  readonly emitted: OffsetVector | null;
  /** Records and the new E, all or nothing. */
  publish(records: readonly OutboxRecord[], emitted: OffsetVector): Promise<PublishOutcome>;
  close(): Promise<void>;
}

/** Taking ownership fences the previous owner of p, settles its transaction, and only then reads E. */
export interface PublisherOwnership {
  own(partition: number): Promise<FencedPublisher>;
  close(): Promise<void>;
}
