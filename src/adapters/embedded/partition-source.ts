import { randomUUID } from 'node:crypto';
import type { OffsetVector, TopicIndex } from '../../domain/event';
import type { Clock } from '../../ports/clock';
import type { PartitionSource, SourceHandlers } from '../../ports/partition-source';
import type { EmbeddedEnvironment } from './environment';
import { EmbeddedError } from './errors';
import { IDLE_MIN_MS, nextIdleMs } from './idle';
import type { TopicEntry } from './layout';
import { LeaseTable } from './leases';
import type { LogTable } from './log-table';
import type { TopicTable } from './topics';

export interface PartitionSourceSettings {
  /** Input topics by TopicIndex. */
  readonly inputTopics: readonly string[];
  /** Members of one group share the partitions. Default 'clv-stream'. */
  readonly group?: string;
  /** A member that does not renew for this long loses its partitions. Default 6 s: longer than any pause of a healthy process. */
  readonly leaseMs?: number;
}

/** A partition that this process owns. */
interface Owned {
  /** Next offset per topic. null until the first position is set. */
  next: number[] | null;
  readonly paused: Set<TopicIndex>;
  /** Topics of which something was delivered since the position was set. */
  readonly told: Set<TopicIndex>;
  /** Set once `revoked` was called. No records are delivered after that. */
  leaving: Promise<void> | null;
}

const DEFAULT_GROUP = 'clv-stream';
const DEFAULT_LEASE_MS = 6000;
const ROUNDS_PER_LEASE = 6;
const BATCH_RECORDS = 500;

/** Membership by leases in the shared LMDB folder. Two loops: one for ownership, one for records. */
export class EmbeddedPartitionSource implements PartitionSource {
  private readonly owned = new Map<number, Owned>();
  private readonly stopped = new AbortController();
  private readonly leaseMs: number;
  private loops: Promise<void>[] = [];
  private leases: LeaseTable | null = null;
  private handlers: SourceHandlers | null = null;
  private stopping: Promise<void> | null = null;
  private napping = new AbortController();
  private up = false;

  constructor(
    private readonly env: EmbeddedEnvironment,
    private readonly topics: TopicTable,
    private readonly log: LogTable,
    private readonly clock: Clock,
    private readonly settings: PartitionSourceSettings,
  ) {
    this.leaseMs = settings.leaseMs ?? DEFAULT_LEASE_MS;
  }

  /** Throws {@link EmbeddedError} if an input topic is missing or the partition counts differ. */
  async start(handlers: SourceHandlers): Promise<void> {
    this.env.refresh();
    const entries = this.settings.inputTopics.map((name) => this.topics.require(name));
    const partitions = entries[0]?.partitions ?? 0;
    const odd = entries.find((entry) => entry.partitions !== partitions);
    if (odd !== undefined) {
      throw new EmbeddedError(
        'embedded-copartition',
        `topic ${odd.name} has ${odd.partitions} partitions, ${entries[0]?.name} has ${partitions}: input topics need the same number`,
      );
    }
    this.handlers = handlers;
    this.leases = new LeaseTable(
      this.env,
      this.settings.group ?? DEFAULT_GROUP,
      randomUUID(),
      this.leaseMs,
      this.clock.nowMs(),
    );
    this.loops = [this.keepLeases(this.leases, handlers, partitions), this.deliver(handlers, entries)];
  }

  async position(partition: number, offsets: OffsetVector): Promise<void> {
    const owned = this.owned.get(partition);
    if (owned === undefined) return;
    owned.next = [...offsets];
    owned.paused.clear();
    owned.told.clear();
    this.napping.abort();
  }

  pause(partition: number, topic: TopicIndex): void {
    this.owned.get(partition)?.paused.add(topic);
  }

  resume(partition: number, topic: TopicIndex): void {
    this.owned.get(partition)?.paused.delete(topic);
    this.napping.abort();
  }

  stop(): Promise<void> {
    this.stopping ??= this.leave();
    return this.stopping;
  }

  private async leave(): Promise<void> {
    const { leases, handlers } = this;
    if (leases === null || handlers === null) return;
    // Leases are still renewed meanwhile, so that no other member takes a partition before its last commit.
    await Promise.all([...this.owned.keys()].map((partition) => this.revoke(partition, leases, handlers)));
    this.stopped.abort();
    this.napping.abort();
    await Promise.all(this.loops);
    leases.leave();
  }

  private async keepLeases(leases: LeaseTable, handlers: SourceHandlers, partitions: number): Promise<void> {
    while (!this.stopped.signal.aborted) {
      const mayTake = (partition: number): boolean => this.stopping === null && !this.owned.has(partition);
      const held = new Set(this.owned.keys());
      const round = this.attempt(handlers, () => leases.round(this.clock.nowMs(), partitions, held, mayTake));
      for (const partition of round?.renewed ?? []) {
        if (this.owned.get(partition)?.leaving === null) handlers.confirmed(partition);
      }
      for (const partition of round?.taken ?? []) {
        this.owned.set(partition, { next: null, paused: new Set(), told: new Set(), leaving: null });
        handlers.assigned(partition);
      }
      for (const partition of [...(round?.lost ?? []), ...(round?.surplus ?? [])]) {
        void this.revoke(partition, leases, handlers);
      }
      await this.clock.sleep(this.leaseMs / ROUNDS_PER_LEASE, this.stopped.signal);
    }
  }

  private revoke(partition: number, leases: LeaseTable, handlers: SourceHandlers): Promise<void> {
    const owned = this.owned.get(partition);
    if (owned === undefined) return Promise.resolve();
    owned.leaving ??= (async () => {
      await handlers.revoked(partition);
      this.owned.delete(partition);
      this.attempt(handlers, () => leases.release(partition));
    })();
    return owned.leaving;
  }

  private async deliver(handlers: SourceHandlers, entries: readonly TopicEntry[]): Promise<void> {
    let idleMs = IDLE_MIN_MS;
    while (!this.stopped.signal.aborted) {
      this.napping = new AbortController();
      const moved = this.deliverRound(handlers, entries);
      idleMs = moved ? IDLE_MIN_MS : nextIdleMs(idleMs);
      if (moved) await new Promise((resolve) => setImmediate(resolve));
      else await this.clock.sleep(idleMs, this.napping.signal);
    }
  }

  /** Delivers one batch of each topic of each partition that wants records. Returns true if there was any. */
  private deliverRound(handlers: SourceHandlers, entries: readonly TopicEntry[]): boolean {
    let moved = false;
    for (const [partition, owned] of this.owned) {
      for (const [topic, entry] of entries.entries()) {
        // The receiver may pause, or set a new position, during the call before.
        if (owned.next === null || owned.leaving !== null) break;
        if (owned.paused.has(topic)) continue;
        const offset = owned.next[topic] ?? 0;
        const batch = this.attempt(handlers, () => {
          this.env.refresh();
          return this.log.read(entry, partition, offset, BATCH_RECORDS);
        });
        // Delivered once although empty: a receiver that merges topics by time would otherwise wait for this one.
        if (batch === null || (batch.nextOffset === offset && owned.told.has(topic))) continue;
        const held = this.log.bounds(entry, partition);
        if (held.start > offset) handlers.outOfRange(partition, topic, offset, held);
        owned.next[topic] = batch.nextOffset;
        owned.told.add(topic);
        moved = true;
        handlers.records(partition, topic, batch.records, batch.nextOffset, batch.end);
      }
    }
    return moved;
  }

  /** Runs a step against LMDB. A failure, such as a full disk, is reported as the log being unavailable, and the loops try again. */
  private attempt<T>(handlers: SourceHandlers, step: () => T): T | null {
    try {
      const result = step();
      if (!this.up) handlers.connected(true, 'embedded log open');
      this.up = true;
      return result;
    } catch (error) {
      if (this.up) handlers.connected(false, error instanceof Error ? error.message : String(error));
      this.up = false;
      return null;
    }
  }
}
