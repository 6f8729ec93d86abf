import { batchDetail, type Decoded } from '../../domain/dead-letter';
import { TICK_TOPIC, type TopicIndex } from '../../domain/event';
import type { Model } from '../../domain/scoring/model';
import { type OpenArtefact, ServedModel } from '../../domain/scoring/served-model';
import type { LogRecord, UnreadableBatch } from '../../ports/log';
import type { ModelAnnouncement, ModelRegistry } from '../../ports/model-registry';
import type { TierRelease, TierReleases } from '../../ports/tier-releases';
import type { EventCodec } from '../../serde/event-codec';
import { boundedTimestampMs, type PartitionHash } from '../../serde/event-rules';
import { CopartitionNotices } from './copartition-notices';
import { FormatNotice } from './format-notice';
import type { InputItem, InputValue } from './input-queue';
import { PartitionRunner, type RunnerPorts, type RunnerSettings } from './partition-runner';
import { QueueBudget } from './queue-budget';
import { TopicWatch } from './topic-watch';

export interface ScorerPorts
  extends Omit<RunnerPorts, 'scorer' | 'tierCuts' | 'copartition' | 'formats' | 'queueBudget'> {
  readonly events: EventCodec;
  readonly registry: ModelRegistry;
  readonly tierReleases: TierReleases;
  readonly openArtefact: OpenArtefact;
  /** The artefact of the first model. It scores until another model is announced. */
  readonly firstArtefact: Uint8Array;
}

export interface ScorerSettings extends RunnerSettings {
  /** Partitions of every input topic, and the hash by which producers place customers in them. */
  readonly partitions: number;
  readonly partitioner: PartitionHash;
  /** Topics are paused above this many waiting bytes in all queues of the process. */
  readonly maxQueuedBytesTotal: number;
  /** Milliseconds that a revoked partition has to finish. Must be below the group's rebalance time-out. */
  readonly revokeDeadlineMs: number;
  /** Milliseconds between two ticks of the runners. */
  readonly tickMs: number;
  /** Name of the log in metrics and log lines. */
  readonly logName: 'kafka' | 'embedded';
}

const REGISTRY_RETRY_MS = 1_000;

/**
 * The scorer process: a runner per owned partition, and the model in force, which each micro-batch reads once.
 */
export class ScorerService {
  private readonly runners = new Map<number, PartitionRunner>();
  private readonly served: ServedModel;
  private readonly stopping = new AbortController();
  private readonly copartition: CopartitionNotices;
  private readonly queueBudget: QueueBudget;
  private readonly formats: FormatNotice;
  private readonly topicWatch: TopicWatch;
  /** Another deployment in the same group. */
  private sharedWith: string | null = null;
  private connected = false;
  private running: Promise<unknown>[] = [];

  constructor(
    private readonly ports: ScorerPorts,
    private readonly settings: ScorerSettings,
    firstModel: Model,
  ) {
    this.served = new ServedModel(firstModel, ports.openArtefact, settings.money.minorPerMajor);
    const { partitions, partitioner } = settings;
    this.queueBudget = new QueueBudget(settings.maxQueuedBytesTotal);
    this.formats = new FormatNotice(ports.observer);
    this.copartition = new CopartitionNotices(ports.observer, ports.clock, partitions, partitioner);
    this.topicWatch = new TopicWatch(ports.observer, settings.topics, partitions);
  }

  /** Joins the group and scores until {@link stop}. `stop` may be called while `start` still waits for the log. */
  async start(): Promise<void> {
    const { registry, tierReleases } = this.ports;
    const { signal } = this.stopping;
    // Runs before the first score: a restarted scorer must not publish scores of the shipped model.
    await this.untilDone('read the current model', async () => {
      const current = await registry.current();
      if (current !== null) this.swap(current);
      else await this.keepFirstModel();
    });
    await this.untilDone('read the cuts of the value tiers', async () => this.release(await tierReleases.current()));
    if (signal.aborted) return;
    this.running = [
      this.untilDone('watch for models', () =>
        registry.watchCurrent((announcement) => this.swap(announcement), signal),
      ),
      this.untilDone('watch for cuts of the value tiers', () =>
        tierReleases.watch((release) => this.release(release), signal),
      ),
      this.tickRunners(),
    ];
    await this.ports.source.start({
      assigned: (partition) => this.assigned(partition),
      revoked: (partition) => this.revoked(partition),
      records: (partition, topic, records, nextOffset, end) => this.records(partition, topic, records, nextOffset, end),
      outOfRange: (partition, topic, position, held) => this.runners.get(partition)?.outOfRange(topic, position, held),
      looked: (facts) => {
        if (this.topicWatch.looked(facts)) for (const runner of this.runners.values()) runner.topicsChanged();
      },
      shared: (other) => this.shared(other),
      confirmed: (partition) => this.runners.get(partition)?.confirmed(),
      connected: (up, reason) => {
        this.connected = up;
        this.ports.observer.observe({ kind: 'dependency', name: this.settings.logName, up, reason });
      },
    });
  }

  /** Finishes the partitions, leaves the group and stops the watches. */
  async stop(): Promise<void> {
    await this.ports.source.stop();
    this.stopping.abort();
    await Promise.allSettled(this.running);
  }

  get modelVersion(): string {
    return this.served.scorer.model.version;
  }

  /** Records not folded yet over the owned partitions. */
  lagRecords(): number {
    return [...this.runners.values()].reduce((sum, runner) => sum + runner.lagRecords(), 0);
  }

  /** Ready if the log is reachable and every owned partition runs and makes progress. Otherwise `reasons` has one line per cause. */
  readiness(): { ready: boolean; reasons: string[] } {
    const reasons = [
      ...(this.connected ? [] : ['the log is not reachable']),
      ...(this.sharedWith === null ? [] : [sharedText(this.sharedWith)]),
      ...this.topicWatch.reasons(),
    ];
    for (const [partition, runner] of this.runners) {
      const { standing } = runner;
      if (standing !== null && runner.phase !== 'halted') {
        reasons.push(
          `partition ${partition} has stood still for ${Math.round(standing.seconds)} s: ${standing.reason}`,
        );
      } else if (runner.phase !== 'running') reasons.push(`partition ${partition} is ${runner.phase}`);
    }
    return { ready: reasons.length === 0, reasons };
  }

  /** Repeats the attempt until it succeeds or the service stops: the log may be unreachable at any moment. */
  private async untilDone(what: string, attempt: () => Promise<void>): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        return await attempt();
      } catch (error) {
        if (signal.aborted) return;
        this.ports.observer.notice('warn', `could not ${what}; trying again`, { error: String(error) });
        await this.ports.clock.sleep(REGISTRY_RETRY_MS, signal);
      }
    }
  }

  /** Stores the first model. Updates name it, so an audit must find it after the program ships another one. Scoring does not need it. */
  private async keepFirstModel(): Promise<void> {
    const { registry, clock, observer, firstArtefact: artefact } = this.ports;
    const note = 'the model that the deployment starts from';
    try {
      await registry.keep({ version: this.modelVersion, artefact, announcedAtMs: clock.nowMs(), note });
    } catch (error) {
      const advice = 'audit --rescore needs it later: allow the scorer to write to the topic of models';
      observer.notice('warn', `could not store the first model; ${advice}`, { error: String(error) });
    }
  }

  private swap(announcement: ModelAnnouncement): void {
    const { observer } = this.ports;
    const outcome = this.served.swap(announcement);
    const { version, announcedAtMs } = announcement;
    if (outcome.type === 'refused') observer.observe({ kind: 'model-refused', version, reason: outcome.reason });
    else if (outcome.type === 'swapped')
      observer.observe({ kind: 'model-swapped', version: this.modelVersion, announcedAtMs });
  }

  private release(release: TierRelease | null): void {
    if (release === null || release.version === this.served.tierCuts.version) return;
    this.served.release(release);
    const { version, cuts, customers } = release;
    const detail = { cuts: cuts.join(', '), customers };
    this.ports.observer.notice('info', `the value tiers have the cuts ${version} from now on`, detail);
  }

  private shared(other: string | null): void {
    if (other === this.sharedWith) return;
    this.sharedWith = other;
    if (other !== null) this.ports.observer.notice('error', sharedText(other));
    else this.ports.observer.notice('info', 'the group is of this deployment alone again');
  }

  private assigned(partition: number): void {
    const { copartition, formats, queueBudget } = this;
    const inForce = { scorer: () => this.served.scorer, tierCuts: () => this.served.tierCuts };
    const ports = { ...this.ports, copartition, formats, queueBudget, ...inForce };
    const runner = new PartitionRunner(partition, ports, this.settings);
    this.runners.set(partition, runner);
    this.ports.observer.observe({ kind: 'partition-assigned', partition });
    runner.assigned();
  }

  private async revoked(partition: number): Promise<void> {
    const runner = this.runners.get(partition);
    if (runner === undefined) return;
    await runner.revoke(this.settings.revokeDeadlineMs);
    this.runners.delete(partition);
    this.ports.observer.observe({ kind: 'partition-revoked', partition });
  }

  private records(
    partition: number,
    topic: TopicIndex,
    records: readonly LogRecord[],
    nextOffset: number,
    end: number,
  ): void {
    const runner = this.runners.get(partition);
    if (runner === undefined) return;
    runner.offer(
      topic,
      records.map((record) => this.item(partition, topic, record)),
      nextOffset,
      end,
    );
  }

  private item(partition: number, topic: TopicIndex, record: LogRecord): InputItem {
    const { offset, key, value, unreadable } = record;
    // Outputs reuse the timestamp, and encoders can't write one out of range. The decoder refuses the record itself.
    const timestampMs = boundedTimestampMs(record.timestampMs);
    const same = { topic, offset, timestampMs, key, value };
    if (unreadable !== undefined) return { ...same, unreadable, decoded: unreadableBatch(offset, unreadable) };
    return { ...same, decoded: this.decode(partition, topic, record) };
  }

  private decode(partition: number, topic: TopicIndex, { key, value, timestampMs }: LogRecord): Decoded<InputValue> {
    if (topic === TICK_TOPIC) {
      const decoded = this.ports.events.decodeTick(value, timestampMs);
      return decoded.ok ? { ok: true, value: { type: 'tick', tick: decoded.value } } : decoded;
    }
    const decoded = this.ports.events.decodeEvent(topic, partition, value, timestampMs, key);
    return decoded.ok ? { ok: true, value: { type: 'event', event: decoded.value } } : decoded;
  }

  private async tickRunners(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.ports.clock.sleep(this.settings.tickMs, this.stopping.signal);
      for (const runner of this.runners.values()) runner.tick();
    }
  }
}

function unreadableBatch(offset: number, { detail, lastOffset }: UnreadableBatch): Decoded<InputValue> {
  return { ok: false, reason: 'batch-unreadable', detail: batchDetail(offset, lastOffset, detail) };
}

function sharedText(other: string): string {
  return `another deployment is a member of the same consumer group: ${other}. The two would take each other's partitions and transactions. Only the group leader's deployment gets partitions. Give each deployment a CLV_APP of its own, and restart.`;
}
