import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer, PartitionAssigner } from 'kafkajs';
import { createKafka, errorText } from './client';
import { coPartitionAssigner } from './co-partition-assigner';
import type { KafkaLog, KafkaSettings, SourceSettings } from './settings';

export interface MembershipEvents {
  /** This member owns exactly these partition numbers, over all input topics, from now on. */
  joined(partitions: readonly number[]): void;
  /** Another deployment is in the group: which, in words; null where none is, as far as this member can tell. */
  shared(other: string | null): void;
  /** The group still counts on this member. */
  alive(): void;
  /** The member fell out of touch; it joins again by itself. */
  lost(reason: string): void;
}

const DEFAULT_SESSION_TIMEOUT_MS = 15_000;
const DEFAULT_HEARTBEAT_INTERVAL_MS = 1_000;
const REJOIN_BACKOFF_MS = 500;
/** How often kafkajs looks whether a heartbeat is due. */
const HEARTBEAT_CHECK_MS = 100;
/**
 * About a minute of failing heartbeats: within it a broker may restart and the member goes on under its id. A new member id would
 * have to wait until the session of the old one has run out.
 */
const CONSUMER_RETRY = { initialRetryTime: 100, factor: 0.2, multiplier: 1.7, maxRetryTime: 1_000, retries: 60 };

/**
 * A heartbeat interval for kafkajs that does not depend on the wall clock. kafkajs sends a heartbeat once `Date.now()` has reached the
 * last request's instant plus the interval: a clock set back by an hour would silence the member for an hour, and the group would
 * give its partitions away. The sum calls valueOf, so this answers "now" or "not yet" by the monotonic clock instead.
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
 * Membership of the consumer group, and nothing else: a kafkajs consumer with every partition paused, so that it heartbeats and
 * rebalances but never fetches and never commits. Records come from {@link PartitionFetcher}, therefore no handler can delay a heartbeat.
 */
export class GroupMembership {
  private generation = -1;
  /** What the assigner of this member saw; of use only where it leads the group. */
  private others: readonly string[] = [];

  constructor(
    private readonly settings: KafkaSettings,
    private readonly source: SourceSettings,
    private readonly log: KafkaLog,
    /** What this member tells the group: what it owns, and its deployment, '' while that is not known. */
    private readonly told: () => { readonly owned: readonly number[]; readonly deployment: string },
    private readonly events: MembershipEvents,
  ) {}

  /** Joins, and joins again whatever happens, until the signal aborts; then leaves the group and resolves. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.memberOnce(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.events.lost(errorText(error));
        await delay(REJOIN_BACKOFF_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** One consumer's life. kafkajs' own restart is off: it loses rejections, and Node ends the process for that. */
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
      // kafkajs' type asks for a number; it compares and adds, nothing else.
      heartbeatInterval: interval as unknown as number,
      maxWaitTimeInMs: HEARTBEAT_CHECK_MS,
      partitionAssigners: [this.assigner()],
      retry: { ...CONSUMER_RETRY, restartOnFailure: async () => false },
    });
  }

  private assigner(): PartitionAssigner {
    return coPartitionAssigner({
      claim: () => ({ ...this.told(), generation: this.generation }),
      others: (deployments) => {
        this.others = deployments;
      },
    });
  }

  /** A member gets each of its topics, if only with no partition of it, from a leader of its own deployment. */
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
