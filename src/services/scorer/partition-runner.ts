import {
  type Command,
  idleMachine,
  type Machine,
  type MachineSettings,
  reduce,
} from '../../delivery/partition-machine';
import type { OffsetVector, TopicIndex } from '../../domain/event';
import type { HeldLog, PartitionSource } from '../../ports/partition-source';
import type { OutboxRecord } from '../../ports/state-store';
import { type InputItem, InputQueue } from './input-queue';
import { LossReports } from './loss-report';
import {
  type EffectPorts,
  type EffectSettings,
  PartitionEffects,
  type RunnerCommand,
  type RunnerInput,
} from './partition-effects';
import type { QueueBudget } from './queue-budget';
import type { Standing } from './standstill';

export interface RunnerSettings extends EffectSettings {
  readonly machine: MachineSettings;
  /** Maximum records per micro-batch. */
  readonly maxBatch: number;
  /** A topic is paused if its queue exceeds this many records, or bytes. It resumes below half of that. */
  readonly maxQueuedRecords: number;
  readonly maxQueuedBytes: number;
  /** Maximum wait for an empty topic, ms; see InputQueue. */
  readonly maxIdleMs: number;
  /** Milliseconds between reports of the lag. If the partition is idle, the commit chain is compared as often. */
  readonly idleCheckMs: number;
}

export interface RunnerPorts extends EffectPorts {
  readonly source: PartitionSource;
  readonly queueBudget: QueueBudget;
}

const OVERRULED: Readonly<Record<RunnerCommand<'offsets-overruled'>['reason'], string>> = {
  stale:
    "are lower than the published offsets, although both move in one transaction: Kafka's coordinator returned an old state",
  moved: 'were set beyond all published offsets, by another program or a person',
  unshown: 'belong to a transaction whose records are not in the output topics: it was not committed',
};

/** Runs the protocol of one partition. It passes inputs to the machine and commands to the effects, and bounds the queue. */
export class PartitionRunner {
  private machine: Machine<OutboxRecord> = idleMachine();
  private readonly queue: InputQueue;
  private readonly effects: PartitionEffects;
  private readonly losses: LossReports;
  private readonly paused = new Set<TopicIndex>();
  private readonly ending = new AbortController();
  private readonly released: Promise<void>;
  private resolveReleased: () => void = () => undefined;
  private checkedAtMs = 0;
  private haltedAtS = 0;
  /** Topics whose log does not hold the read position. */
  private readonly outOfRangeTopics = new Set<TopicIndex>();
  /** True until the published decisions about the next records are known. The source may deliver from an older position until then. */
  private preparing = false;
  /** Per topic: a position beyond the log's end that was already reported. The same position is not reported again. */
  private readonly waitedAt = new Map<TopicIndex, number>();

  constructor(
    readonly partition: number,
    private readonly ports: RunnerPorts,
    private readonly settings: RunnerSettings,
  ) {
    this.queue = new InputQueue(settings.topics.length, settings.maxIdleMs, ports.queueBudget);
    this.effects = new PartitionEffects(partition, ports, settings, this.ending.signal, () => this.machine.attempt);
    this.losses = new LossReports(partition, settings.topics);
    this.released = new Promise((resolve) => {
      this.resolveReleased = resolve;
    });
  }

  /** 'running' while events are folded; 'halted' if a person must decide. */
  get phase(): Machine<OutboxRecord>['phase'] {
    return this.machine.phase;
  }

  lagRecords(): number {
    return this.queue.lag();
  }

  /** The reason why the partition makes no progress, and since when. Null if no step fails. */
  get standing(): Standing | null {
    if (this.machine.phase !== 'halted') return this.effects.standstill.standing;
    const seconds = this.nowMs() / 1000 - this.haltedAtS;
    return { seconds, reason: 'is halted: an earlier error line names the loss and the setting to change' };
  }

  assigned(): void {
    this.dispatch({ type: 'assigned' });
  }

  confirmed(): void {
    this.dispatch({ type: 'confirmed' });
  }

  /** Called every few milliseconds, because the wait for an empty topic may have ended. It also runs the idle check. */
  tick(): void {
    // Another partition may have made room in the process's budget.
    this.resumeWhereRoom();
    if (this.nowMs() - this.checkedAtMs < this.settings.idleCheckMs) {
      this.lookForWork();
      return;
    }
    this.checkedAtMs = this.nowMs();
    const { partition } = this;
    this.ports.observer.observe({ kind: 'lag', partition, records: this.queue.lag() });
    this.ports.observer.observe({ kind: 'standing', partition, seconds: this.standing?.seconds ?? 0 });
    this.dispatch({ type: 'tick' });
  }

  /** Takes records from the source. They are dropped unless the machine runs: it seeks to the folded offsets when it starts. */
  offer(topic: TopicIndex, items: readonly InputItem[], nextOffset: number, end: number): void {
    if (this.machine.phase !== 'running' || this.preparing || this.outOfRangeTopics.size > 0) return;
    this.queue.offer(topic, this.effects.judged(items), nextOffset, end);
    if (this.mustPause(topic) && !this.paused.has(topic)) {
      this.paused.add(topic);
      this.ports.source.pause(this.partition, topic);
    }
    this.lookForWork();
  }

  /**
   * The source found a gap, or a log that ends below the position. Records fetched before are complete and are folded first. Then
   * the partition is claimed again, which reports the loss. Until then no more records are accepted.
   */
  outOfRange(topic: TopicIndex, position: number, held: HeldLog): void {
    if (this.machine.phase !== 'running' || this.preparing) return;
    if (position > held.end && !held.isCut) {
      if (this.waitedAt.get(topic) === position) return;
      this.waitedAt.set(topic, position);
    }
    this.outOfRangeTopics.add(topic);
    this.pauseAll();
    this.lookForWork();
  }

  /** A topic was created again. Waiting records may come from the old or the new log, so they are dropped and the partition is claimed again. */
  topicsChanged(): void {
    if (this.machine.phase !== 'running') return;
    this.resetQueue(this.machine.folded);
    this.settings.topics.forEach((_, topic) => void this.outOfRangeTopics.add(topic));
    this.pauseAll();
    this.dispatch({ type: 'log-changed' });
  }

  /** Resolves when everything in flight is stored and published, or at the deadline. Safety does not depend on it: fencing does that. */
  async revoke(deadlineMs: number): Promise<void> {
    this.dispatch({ type: 'revoked' });
    const giveUp = new AbortController();
    await Promise.race([this.released, this.ports.clock.sleep(deadlineMs, giveUp.signal)]);
    giveUp.abort();
    this.ending.abort();
    // After the deadline the machine may never finish. Its queued records would count against the process's budget for good.
    this.drop();
  }

  private dispatch(input: RunnerInput): void {
    const [next, commands] = reduce(this.machine, input, this.settings.machine);
    if (next.phase === 'halted' && this.machine.phase !== 'halted') this.haltedAtS = this.nowMs() / 1000;
    const isFenced = next.phase === 'unconfirmed' && this.machine.phase !== 'unconfirmed';
    this.machine = next;
    if (isFenced) this.ports.source.unsure?.(this.partition);
    this.notePassed();
    for (const command of commands) {
      const effect = this.start(command);
      if (effect !== null) this.answer(effect);
    }
    // A partition that is leaving, or whose outbox is full, must not wait for the window of emission `latest`.
    const { revoking, outbox } = next;
    if (revoking || outbox.length >= this.settings.machine.maxOutbox) this.effects.hurry();
    this.lookForWork();
  }

  /** A step can also end without an answer, because its earlier request had already succeeded. */
  private notePassed(): void {
    const { phase, fold, outbox, publishing } = this.machine;
    if (phase !== 'running') return;
    if (fold !== 'committing') this.effects.standstill.passed('commit');
    if (outbox.length === 0 && publishing === null) this.effects.standstill.passed('publish');
  }

  /** Starts a command. Null if the command has no answer. */
  private start(command: Command<OutboxRecord>): Promise<RunnerInput | null> | null {
    switch (command.type) {
      case 'own':
        return this.effects.own(command);
      case 'claim':
        return this.effects.claim(command);
      case 'read-emitted':
        return this.effects.readEmitted(command);
      case 'offsets-overruled':
        this.reportOverruled(command);
        return null;
      case 'position':
        return this.position(command.folded);
      case 'fold':
        return this.fold(command);
      case 'commit':
        return this.effects.commit(command);
      case 'publish':
        return this.effects.publish(command);
      case 'trim':
        return this.effects.trim(command);
      case 'check-commit-chain':
        return this.effects.checkCommitChain(command);
      case 'wake':
        return this.wake(command);
      case 'drop':
        this.drop();
        return null;
      case 'lost':
        this.reportLoss(command);
        return null;
      case 'fenced':
        this.ports.observer.observe({ kind: 'fenced', partition: this.partition, by: command.by });
        return null;
      case 'released':
        this.resolveReleased();
        return null;
    }
  }

  /** Effects return their own errors. A rejection is a defect: it is logged as one, and the partition starts over. */
  private answer(effect: Promise<RunnerInput | null>): void {
    effect.then(
      (input) => {
        if (input?.type === 'folded') this.effects.standstill.passed('effect');
        if (input !== null) this.dispatch(input);
      },
      (error: unknown) => {
        this.effects.fault('effect', 'an effect failed and the partition starts over', error);
        this.dispatch({ type: 'ownership-failed', attempt: this.machine.attempt });
      },
    );
  }

  private fold(command: RunnerCommand<'fold'>): Promise<RunnerInput | null> {
    const { maxBatch, maxBatchBytes } = this.settings;
    const items = this.queue.take(maxBatch, maxBatchBytes, this.nowMs());
    this.resumeWhereRoom();
    return this.effects.fold(command, items, {
      putBack: (rest) => this.queue.putBack(rest),
      hasMore: () => this.queue.readyInMs(this.nowMs()) === 0,
    });
  }

  private async position(folded: OffsetVector): Promise<RunnerInput | null> {
    const { attempt, emitted } = this.machine;
    this.resetQueue(folded);
    this.preparing = true;
    const failure = await this.effects.prepareTimes(attempt, folded, emitted ?? folded);
    if (attempt !== this.machine.attempt) return null;
    this.preparing = false;
    if (failure === null) await this.ports.source.position(this.partition, folded);
    return failure;
  }

  private async wake({ attempt, afterMs }: RunnerCommand<'wake'>): Promise<RunnerInput> {
    await this.ports.clock.sleep(afterMs, this.ending.signal);
    return { type: 'woken', attempt };
  }

  private lookForWork(): void {
    const { phase, fold, available, revoking, reclaiming } = this.machine;
    if (phase !== 'running' || fold !== 'idle' || available || revoking || reclaiming) return;
    if ([...this.outOfRangeTopics].some((topic) => this.queue.waiting(topic) === 0)) {
      this.dispatch({ type: 'log-changed' });
      return;
    }
    if (this.queue.readyInMs(this.nowMs()) === 0) this.dispatch({ type: 'available' });
  }

  private drop(): void {
    this.effects.drop();
    this.resetQueue(this.settings.topics.map(() => 0));
    this.outOfRangeTopics.clear();
  }

  private resetQueue(folded: OffsetVector): void {
    this.queue.reset(folded, this.machine.emitted ?? folded, this.nowMs());
    this.paused.clear();
  }

  /** Pauses all topics until the source is positioned again, which also resumes them. */
  private pauseAll(): void {
    this.settings.topics.forEach((_, topic) => void this.ports.source.pause(this.partition, topic));
  }

  private resumeWhereRoom(): void {
    if (this.outOfRangeTopics.size > 0) return;
    for (const topic of this.paused) {
      if (this.isAbove(topic, 0.5) || this.isOverBudget(topic)) continue;
      this.paused.delete(topic);
      this.ports.source.resume(this.partition, topic);
    }
  }

  private mustPause(topic: TopicIndex): boolean {
    return this.isAbove(topic, 1) || this.isOverBudget(topic);
  }

  /** False for a topic without waiting records: the merge may be waiting for it. */
  private isOverBudget(topic: TopicIndex): boolean {
    return this.ports.queueBudget.isSpent && this.queue.waiting(topic) > 0;
  }

  private isAbove(topic: TopicIndex, share: number): boolean {
    const { maxQueuedRecords, maxQueuedBytes } = this.settings;
    return this.queue.waiting(topic) >= share * maxQueuedRecords || this.queue.bytes(topic) >= share * maxQueuedBytes;
  }

  private reportLoss(lost: RunnerCommand<'lost'>): void {
    const { records, message, detail } = this.losses.of(lost);
    this.ports.observer.observe({ kind: 'loss-found', partition: this.partition, reason: lost.reason, records });
    this.ports.observer.notice('error', message, detail);
  }

  private reportOverruled({ reason, topics, group, emitted }: RunnerCommand<'offsets-overruled'>): void {
    const names = topics.map((topic) => this.settings.topics[topic]).join(', ');
    const message = `partition ${this.partition}: the group's offsets (${names}) ${OVERRULED[reason]}. They are ignored and written again. Nothing is lost or published twice. See docs/runbook.md, ClvOffsetsOverruled.`;
    this.ports.observer.observe({ kind: 'offsets-overruled', partition: this.partition, reason });
    this.ports.observer.notice('error', message, { group: group.join(','), emitted: emitted.join(',') });
  }

  private nowMs(): number {
    return this.ports.clock.elapsedS() * 1000;
  }
}
