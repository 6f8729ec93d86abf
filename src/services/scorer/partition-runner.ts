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
  /** Records per micro-batch, at most. */
  readonly maxBatch: number;
  /** A topic's queue above this many records, or bytes, pauses the topic; below half of it, it goes on. */
  readonly maxQueuedRecords: number;
  readonly maxQueuedBytes: number;
  /** How long an empty topic is waited for, ms; see InputQueue. */
  readonly maxIdleMs: number;
  /** How often lag is told and, when idle, the commit chain is compared, ms. */
  readonly idleCheckMs: number;
}

export interface RunnerPorts extends EffectPorts {
  readonly source: PartitionSource;
  readonly queueBudget: QueueBudget;
}

const OVERRULED: Readonly<Record<RunnerCommand<'offsets-overruled'>['reason'], string>> = {
  stale:
    "are lower than what is published, although both move in one transaction: Kafka's coordinator answered an old state",
  moved: 'were set beyond everything that is published, by another program or a person',
  unshown: 'are of a transaction with records, and the output topics do not hold these records: it was not committed',
};

/** Runs the protocol of one partition: hands the machine its inputs, its commands to the effects, and keeps the queue bounded. */
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
  /** Topics whose log no longer holds the position that they are read from. */
  private readonly outOfRangeTopics = new Set<TopicIndex>();
  /** Beyond the log's end, and by CLV_ON_LOG_LOST to be waited at: per topic the position. */
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

  /** 'running' while events flow; 'halted' where a person must decide. */
  get phase(): Machine<OutboxRecord>['phase'] {
    return this.machine.phase;
  }

  lagRecords(): number {
    return this.queue.lag();
  }

  /** Why the partition makes no progress, and for how long; null where it does, as far as is known. */
  get standing(): Standing | null {
    if (this.machine.phase !== 'halted') return this.effects.standstill.standing;
    const seconds = this.nowMs() / 1000 - this.haltedAtS;
    return { seconds, reason: 'is halted: an error line above names what is gone and the setting that decides' };
  }

  assigned(): void {
    this.dispatch({ type: 'assigned' });
  }

  confirmed(): void {
    this.dispatch({ type: 'confirmed' });
  }

  /** Called every few milliseconds: a topic may have been waited for long enough; now and then the idle check. */
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

  /** Records from the source. They are dropped unless the machine runs: it seeks to F when it does. */
  offer(topic: TopicIndex, items: readonly InputItem[], nextOffset: number, end: number): void {
    if (this.machine.phase !== 'running' || this.outOfRangeTopics.size > 0) return;
    this.queue.offer(topic, items, nextOffset, end);
    if (this.mustPause(topic) && !this.paused.has(topic)) {
      this.paused.add(topic);
      this.ports.source.pause(this.partition, topic);
    }
    this.lookForWork();
  }

  /**
   * The source found a gap, or a log that ends below the position. What was fetched before is still whole: it is folded first, and then the
   * partition is claimed anew, which says what is lost. Until then nothing more is taken in.
   */
  outOfRange(topic: TopicIndex, position: number, held: HeldLog): void {
    if (this.machine.phase !== 'running') return;
    if (position > held.end && !held.isCut) {
      if (this.waitedAt.get(topic) === position) return;
      this.waitedAt.set(topic, position);
    }
    this.outOfRangeTopics.add(topic);
    this.pauseAll();
    this.lookForWork();
  }

  /** A topic is another log now: what waits may be of either, so it is dropped and the partition is claimed anew. */
  topicsChanged(): void {
    if (this.machine.phase !== 'running') return;
    this.resetQueue(this.machine.folded);
    this.settings.topics.forEach((_, topic) => void this.outOfRangeTopics.add(topic));
    this.pauseAll();
    this.dispatch({ type: 'log-changed' });
  }

  /** Resolves once everything in flight is stored and published, or the deadline has passed: manners, not safety. */
  async revoke(deadlineMs: number): Promise<void> {
    this.dispatch({ type: 'revoked' });
    const giveUp = new AbortController();
    await Promise.race([this.released, this.ports.clock.sleep(deadlineMs, giveUp.signal)]);
    giveUp.abort();
    this.ending.abort();
    // At the deadline the machine may be stuck for ever, and what waits in its queue would count in the process's budget as long.
    this.drop();
  }

  private dispatch(input: RunnerInput): void {
    const [next, commands] = reduce(this.machine, input, this.settings.machine);
    if (next.phase === 'halted' && this.machine.phase !== 'halted') this.haltedAtS = this.nowMs() / 1000;
    this.machine = next;
    this.notePassed();
    for (const command of commands) {
      const effect = this.start(command);
      if (effect !== null) this.answer(effect);
    }
    // Neither a partition that leaves nor one that stands still for a full outbox keeps the window of emission `latest`.
    const { revoking, outbox } = next;
    if (revoking || outbox.length >= this.settings.machine.maxOutbox) this.effects.hurry();
    this.lookForWork();
  }

  /** A step may also be over because nothing is left of it to do: what was sent had arrived before. */
  private notePassed(): void {
    const { phase, fold, outbox, publishing } = this.machine;
    if (phase !== 'running') return;
    if (fold !== 'committing') this.effects.standstill.passed('commit');
    if (outbox.length === 0 && publishing === null) this.effects.standstill.passed('publish');
  }

  /** Starts a command; null where it has no answer to wait for. */
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

  /** Effects answer their own errors; a rejection is a defect, told as one, and the partition starts over. */
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

  private async position(folded: OffsetVector): Promise<null> {
    this.resetQueue(folded);
    await this.ports.source.position(this.partition, folded);
    return null;
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

  /** Until the next position, which also resumes. */
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

  /** A topic without waiting records goes on: the merge may be waiting for it. */
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
    const message = `partition ${this.partition}: the group's offsets (${names}) ${OVERRULED[reason]}. They are not followed and written anew; nothing is lost or published twice. See docs/runbook.md, ClvOffsetsOverruled.`;
    this.ports.observer.observe({ kind: 'offsets-overruled', partition: this.partition, reason });
    this.ports.observer.notice('error', message, { group: group.join(','), emitted: emitted.join(',') });
  }

  private nowMs(): number {
    return this.ports.clock.elapsedS() * 1000;
  }
}
