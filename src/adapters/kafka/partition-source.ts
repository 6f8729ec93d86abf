import { setTimeout as delay } from 'node:timers/promises';
import type { OffsetVector, TopicIndex } from '../../domain/event';
import type { Arbiter } from '../../ports/arbiter';
import type { LogBatch } from '../../ports/log';
import type { PartitionSource, SourceHandlers } from '../../ports/partition-source';
import { createCluster, createKafka } from './client';
import { kafkaAccess, kafkaFaultText } from './connection-fault';
import { Connectivity } from './connectivity';
import { errorText } from './error-chain';
import { GroupMembership } from './group-membership';
import { checkInputTopics, InputTopicsFault } from './input-topics';
import { KafkaLogWatch } from './log-watch';
import { PartitionFetcher } from './partition-fetcher';
import type { KafkaLog, KafkaSettings, SourceSettings } from './settings';

const DEFAULT_MAX_WAIT_MS = 100;
const DEFAULT_MAX_BYTES_PER_PARTITION = 1024 * 1024;
const CHECK_BACKOFF_MS = 1_000;
const LOOK_EVERY_MS = 3_000;

/**
 * Ownership comes from the consumer group, records come from the fetcher.
 * With Kafka's classic protocol, kafkajs rejoins before it learns which partitions it loses. So `revoked` is awaited before leaving (stop).
 * In a rebalance the new owner may start before that and fences the old one. A partition that comes back is assigned only after its
 * `revoked` has ended.
 * With an arbiter, the group's word is passed to it, and it says what is served.
 */
export class KafkaPartitionSource implements PartitionSource {
  private readonly owned = new Set<number>();
  /** Partitions that are owned and announced to the handlers. */
  private readonly announced = new Set<number>();
  private readonly releasing = new Map<number, Promise<void>>();
  private readonly ending = new AbortController();
  private readonly connectivity = new Connectivity<'group' | 'fetch'>((up, reason) => {
    this.arbiter?.connected(up);
    this.handlers?.connected(up, reason);
  });
  private readonly fetcher: PartitionFetcher;
  private readonly membership: GroupMembership;
  private readonly watch: KafkaLogWatch;
  private deployment = '';
  private handlers: SourceHandlers | null = null;
  private running: Promise<unknown> = Promise.resolve();
  private stopped: Promise<void> | null = null;
  /** Settles start(): the first join, or the first failure to join. */
  private settleStart: () => void = () => undefined;

  constructor(
    private readonly settings: KafkaSettings,
    private readonly source: SourceSettings,
    private readonly log: KafkaLog,
    private readonly arbiter: Arbiter | null = null,
  ) {
    this.watch = new KafkaLogWatch(settings, source.inputTopics, log);
    this.fetcher = new PartitionFetcher(
      () => createCluster(createKafka(settings, log)),
      {
        topics: source.inputTopics,
        maxWaitMs: source.maxWaitMs ?? DEFAULT_MAX_WAIT_MS,
        maxBytesPerPartition: source.maxBytesPerPartition ?? DEFAULT_MAX_BYTES_PER_PARTITION,
        maxDecompressedBytes: settings.maxDecompressedBytes,
        epochs: source.epochs,
      },
      {
        deliver: (batch) => this.deliver(batch),
        outOfRange: (topic, partition, position, held) => {
          if (!this.announced.has(partition)) return;
          this.handlers?.outOfRange(partition, source.inputTopics.indexOf(topic), position, held);
        },
        verify: () => this.look(),
        up: () => this.connectivity.up('fetch'),
        down: (fault) => this.down('fetch', fault),
      },
    );
    this.membership = new GroupMembership(
      settings,
      source,
      log,
      () => ({ owned: arbiter?.joining() ?? [...this.owned], deployment: this.deployment }),
      {
        joined: (partitions) => this.joined(partitions),
        shared: (other) => this.handlers?.shared(other),
        alive: () => this.alive(),
        lost: (fault) => {
          this.down('group', fault);
          this.settleStart();
        },
      },
    );
  }

  /** Rejects with {@link InputTopicsFault} if the input topics are missing or differ in their partition counts. */
  async start(handlers: SourceHandlers): Promise<void> {
    this.handlers = handlers;
    const [reachable] = await Promise.all([this.topicsChecked(), this.refreshDeployment()]);
    const settled = new Promise<void>((resolve) => {
      this.settleStart = resolve;
    });
    this.arbiter?.start({
      serve: (partition) => this.serve(partition),
      cease: (partition) => this.cease(partition),
      confirm: (partition) => {
        if (this.announced.has(partition)) this.handlers?.confirmed(partition);
      },
    });
    this.running = Promise.all([this.runGroup(reachable), this.runFetcher(), this.runWatch()]);
    if (reachable) await settled;
  }

  async position(partition: number, offsets: OffsetVector): Promise<void> {
    if (!this.announced.has(partition)) return;
    for (const [index, topic] of this.source.inputTopics.entries()) {
      this.fetcher.position(topic, partition, offsets[index] ?? 0);
    }
  }

  pause(partition: number, topic: TopicIndex): void {
    this.fetcher.pause(this.source.inputTopics[topic]!, partition);
  }

  resume(partition: number, topic: TopicIndex): void {
    this.fetcher.resume(this.source.inputTopics[topic]!, partition);
  }

  unsure(partition: number): void {
    this.arbiter?.unsure(partition);
  }

  stop(): Promise<void> {
    this.stopped ??= this.letGoAndLeave();
    return this.stopped;
  }

  private async letGoAndLeave(): Promise<void> {
    // The member keeps sending heartbeats until every partition is released, so that no other member takes one over meanwhile.
    await this.arbiter?.stop();
    for (const partition of [...this.owned]) this.release(partition);
    await Promise.all(this.releasing.values());
    this.ending.abort();
    await this.running;
    await this.arbiter?.leave();
  }

  /** False if the log is unavailable. The check is repeated before joining the group. */
  private async topicsChecked(): Promise<boolean> {
    try {
      await checkInputTopics(this.settings, this.log, this.source.inputTopics);
      return true;
    } catch (error) {
      if (error instanceof InputTopicsFault) throw error;
      this.down('group', error);
      return false;
    }
  }

  private async runGroup(checked: boolean): Promise<void> {
    const { signal } = this.ending;
    for (let ready = checked; !ready && !signal.aborted; ) {
      await delay(CHECK_BACKOFF_MS, undefined, { signal }).catch(() => undefined);
      ready = await this.topicsChecked().catch((fault) => {
        this.down('group', fault);
        this.log('error', errorText(fault), {});
        return false;
      });
    }
    await this.membership.run(signal);
  }

  /** The next join sends it to the group. If it can't be read, the previous value stays. */
  private async refreshDeployment(): Promise<void> {
    this.deployment = (await this.source.deployment?.().catch(() => null)) ?? this.deployment;
  }

  /** Rejects if the log is unavailable. Then nothing was seen. */
  private async look(): Promise<void> {
    const facts = await this.watch.look();
    if (!this.ending.signal.aborted) this.handlers?.looked(facts);
  }

  /** The fetcher reports an unavailable log. Here a failure only means one look less. */
  private async runWatch(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      await this.look().catch(() => undefined);
      await this.refreshDeployment();
      await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
    await this.watch.close();
  }

  private async runFetcher(): Promise<void> {
    try {
      await this.fetcher.run(this.ending.signal);
    } catch (error) {
      this.log('error', `a handler of records failed, which it must not: ${errorText(error)}`, { error });
      this.down('fetch', error);
    }
  }

  private down(part: 'group' | 'fetch', fault: unknown): void {
    this.connectivity.down(part, kafkaFaultText(fault, kafkaAccess(this.settings)));
  }

  private deliver({ topic, partition, records, nextOffset, end }: LogBatch): void {
    if (!this.announced.has(partition)) return;
    this.handlers?.records(partition, this.source.inputTopics.indexOf(topic), records, nextOffset, end);
  }

  private joined(partitions: readonly number[]): void {
    if (this.stopped) return;
    this.connectivity.up('group');
    if (this.arbiter !== null) this.arbiter.joined(partitions);
    else {
      const now = new Set(partitions);
      for (const partition of [...this.owned]) if (!now.has(partition)) this.release(partition);
      for (const partition of partitions) this.serve(partition);
      this.confirm();
    }
    this.settleStart();
  }

  private serve(partition: number): void {
    if (this.owned.has(partition)) return;
    this.owned.add(partition);
    void this.announce(partition);
  }

  private cease(partition: number): Promise<void> {
    this.release(partition);
    return this.releasing.get(partition) ?? Promise.resolve();
  }

  private alive(): void {
    if (this.stopped) return;
    this.connectivity.up('group');
    if (this.arbiter !== null) this.arbiter.alive();
    else this.confirm();
  }

  private confirm(): void {
    for (const partition of this.announced) this.handlers?.confirmed(partition);
  }

  private release(partition: number): void {
    this.owned.delete(partition);
    if (!this.announced.delete(partition)) return;
    for (const topic of this.source.inputTopics) {
      this.fetcher.drop(topic, partition);
      // Another member may have owned it meanwhile, so the noted epochs are stale.
      this.source.epochs?.forget(topic, partition);
    }
    const released = Promise.resolve(this.handlers?.revoked(partition))
      .catch((error) => this.log('error', `letting go of partition ${partition}: ${errorText(error)}`, { error }))
      .finally(() => this.releasing.delete(partition));
    this.releasing.set(partition, released);
  }

  private async announce(partition: number): Promise<void> {
    const released = this.releasing.get(partition);
    if (released) await released;
    if (this.stopped || !this.owned.has(partition) || this.announced.has(partition)) return;
    this.announced.add(partition);
    this.handlers?.assigned(partition);
  }
}
