import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer, PartitionAssigner } from 'kafkajs';
import { createKafka } from './client';
import { coPartitionAssigner } from './co-partition-assigner';
import { errorText } from './error-chain';
import type { KafkaLog, KafkaSettings, SourceSettings } from './settings';

export interface MembershipEvents {
  /** From now on this member owns exactly these partition numbers, over all input topics. */
  joined(partitions: readonly number[]): void;
  /** Another deployment is in the group, described in words. null if this member sees none. */
  shared(other: string | null): void;
  /** The group still counts this member as alive. */
  alive(): void;
  /** The member lost contact with the group. It rejoins on its own. */
  lost(fault: unknown): void;
}

const DEFAULT_SESSION_TIMEOUT_MS = 15_000;
const DEFAULT_HEARTBEAT_INTERVAL_MS = 1_000;
const REJOIN_BACKOFF_MS = 500;
/** How often kafkajs checks whether a heartbeat is due. */
const HEARTBEAT_CHECK_MS = 100;
/**
 * Retries failing heartbeats for about a minute. A broker can restart in that time, and the member keeps its id. A new id would have to
 * wait until the old one's session times out.
 */
const CONSUMER_RETRY = { initialRetryTime: 100, factor: 0.2, multiplier: 1.7, maxRetryTime: 1_000, retries: 60 };

/**
 * A heartbeat interval for kafkajs that does not depend on the wall clock. kafkajs sends a heartbeat when `Date.now()` reaches the time of
 * the last one plus the interval. If the clock is set back by an hour, the member is silent for an hour, and the group reassigns its
 * partitions.
 * The addition calls valueOf, which returns "now" or "not yet" by the monotonic clock.
 */
class HeartbeatInterval {
  private beatAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly intervalMs: number) {}

  beat(): void {
    this.beatAtMs = performance.now();
  }

  valueOf(): number {
    const isDue = performance.now() - this.beatAtMs >= this.intervalMs;
    return isDue ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
}

/**
 * Membership of the consumer group and nothing else: a kafkajs consumer with every partition paused. It sends heartbeats and rebalances,
 * but never fetches or commits. {@link PartitionFetcher} reads the records, so no handler can delay a heartbeat.
 */
export class GroupMembership {
  private generation = -1;
  /** Other deployments seen by this member's assigner. Only set if it leads the group. */
  private others: readonly string[] = [];

  constructor(
    private readonly settings: KafkaSettings,
    private readonly source: SourceSettings,
    private readonly log: KafkaLog,
    /** What this member sends to the group: its partitions and its deployment. The deployment is '' until it has been read. */
    private readonly ownClaim: () => { readonly owned: readonly number[]; readonly deployment: string },
    private readonly events: MembershipEvents,
  ) {}

  /** Joins, and rejoins after any failure, until the signal aborts. Then leaves the group and resolves. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.memberOnce(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.events.lost(error);
        await delay(REJOIN_BACKOFF_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Runs one consumer until it ends. kafkajs' own restart is off: it leaves rejections unhandled, and those end the Node process. */
  private async memberOnce(signal: AbortSignal): Promise<void> {
    const interval = new HeartbeatInterval(this.source.heartbeatIntervalMs ?? DEFAULT_HEARTBEAT_INTERVAL_MS);
    const consumer = this.consumer(interval);
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    const crashed = this.listen(consumer, interval);
    crashed.catch(() => undefined);
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [...this.source.inputTopics] });
      await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async () => undefined });
      await Promise.race([crashed, aborted]);
    } finally {
      await consumer.disconnect().catch((error) => {
        this.log('warn', `leaving the group: ${errorText(error)}`, { groupId: this.source.groupId });
      });
    }
  }

  private consumer(interval: HeartbeatInterval): Consumer {
    return createKafka(this.settings, this.log).consumer({
      groupId: this.source.groupId,
      allowAutoTopicCreation: false,
      sessionTimeout: this.source.sessionTimeoutMs ?? DEFAULT_SESSION_TIMEOUT_MS,
      // kafkajs' type requires a number. It only compares and adds it.
      heartbeatInterval: interval as unknown as number,
      maxWaitTimeInMs: HEARTBEAT_CHECK_MS,
      partitionAssigners: [this.assigner()],
      retry: { ...CONSUMER_RETRY, restartOnFailure: async () => false },
    });
  }

  private assigner(): PartitionAssigner {
    return coPartitionAssigner({
      claim: () => ({ ...this.ownClaim(), generation: this.generation }),
      others: (deployments) => {
        this.others = deployments;
      },
    });
  }

  /**
   * A leader of the own deployment assigns every topic to each member, possibly without a partition. So no topics mean another deployment.
   */
  private sharedWith({ isLeader }: { readonly isLeader: boolean }, hasTopics: boolean): string | null {
    if (!hasTopics) return "the one that the group's leader belongs to";
    return isLeader && this.others.length > 0 ? this.others.join('; ') : null;
  }

  /** Rejects when the consumer has given up. */
  private listen(consumer: Consumer, interval: HeartbeatInterval): Promise<never> {
    const { GROUP_JOIN, HEARTBEAT, CRASH, REQUEST_TIMEOUT } = consumer.events;
    const [firstTopic] = this.source.inputTopics;
    consumer.on(GROUP_JOIN, ({ payload }) => {
      this.events.shared(this.sharedWith(payload, payload.memberAssignment[firstTopic!] !== undefined));
      // Runs inside the join, before the consumer's first fetch.
      consumer.pause(this.source.inputTopics.map((topic) => ({ topic })));
      this.events.joined(payload.memberAssignment[firstTopic!] ?? []);
    });
    consumer.on(HEARTBEAT, ({ payload }) => {
      interval.beat();
      this.generation = payload.groupGenerationId;
      this.events.alive();
    });
    consumer.on(REQUEST_TIMEOUT, ({ payload }) =>
      this.events.lost(`${payload.apiName} timed out at ${payload.broker}`),
    );
    return new Promise((_, reject) => {
      consumer.on(CRASH, ({ payload }) => reject(payload.error));
    });
  }
}
