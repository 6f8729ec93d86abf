import { WriterFenced } from '../../../ports/log';
import type { FactOf } from '../../../ports/observer';
import type { PartitionSource } from '../../../ports/partition-source';
import { labelFacts } from '../label-facts';
import { labelSettings } from '../settings';
import { BackOff } from './back-off';
import { LabelChangelog } from './label-changelog';
import { SharedLearner, type SharedLearnerOptions, type SharedLearnerPorts } from './learner';
import { LearningLog } from './learning-log';
import { LearningView } from './learning-view';
import { mayTryAgain, OwnedWriter, withLog } from './ownership';
import { PartitionWorker, type WorkerPorts } from './partition-worker';

export interface SharedTrainerPorts
  extends Omit<SharedLearnerPorts, 'changelog' | 'openLearningLog'>,
    Omit<WorkerPorts, 'changelog' | 'view'> {
  /** Membership of the trainers' consumer group. Only the ownership of partitions is used. */
  readonly source: PartitionSource;
}

export interface SharedTrainerOptions extends SharedLearnerOptions {
  /** Names of the input topics, by TopicIndex. */
  readonly topics: readonly string[];
  readonly examplesTopic: string;
  readonly learningTopic: string;
}

/** Something that this process does as long as it owns a partition. */
interface Role {
  run(signal: AbortSignal): Promise<void>;
}

interface RunningRole {
  readonly role: Role;
  readonly leave: AbortController;
  readonly ended: Promise<void>;
  /** True after it has lost its writer, or the log. It may try again when the group confirms the ownership, after its back-off. */
  isOut: boolean;
}

/** The learner is whoever owns this partition. So the group elects it. */
const LEARNER_PARTITION = 0;
/** Names of the roles. */
const LEARNER = 'learner';
const nameOf = (partition: number): string => `partition ${partition}`;

/**
 * One of several trainers. The consumer group gives it partitions. It does the label work of each, and if partition 0 is among them, it is
 * the learner too. All that they tell each other is in the examples topic and in the learning topic.
 *
 * A partition that moves may for a moment have two owners here and there. Their writers decide: only the one that was opened last can write.
 */
export class SharedTrainer {
  private readonly roles = new Map<string, RunningRole>();
  private readonly backOffs = new Map<string, BackOff>();
  private readonly changelog: LabelChangelog;
  private readonly view: LearningView;
  private fail: (error: unknown) => void = () => undefined;

  constructor(
    private readonly ports: SharedTrainerPorts,
    private readonly options: SharedTrainerOptions,
  ) {
    this.changelog = new LabelChangelog(ports, options.examplesTopic);
    this.view = new LearningView(this.openLearningLog(), ports, options.minorPerMajor);
  }

  /** Runs until the signal aborts, then leaves the group. Rejects on a fault that needs a restart. */
  async run(signal: AbortSignal): Promise<void> {
    const { source, observer } = this.ports;
    const leave = new AbortController();
    const failed = new Promise<never>((_, reject) => {
      this.fail = reject;
    });
    const stopped = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });
    failed.catch(() => undefined);
    const tasks = [this.followLearner(leave.signal), this.observe(leave.signal)];
    for (const task of tasks) task.catch(this.fail);
    try {
      await source.start({
        assigned: (partition) => this.assigned(partition),
        revoked: (partition) => this.revoked(partition),
        confirmed: (partition) => this.confirmed(partition),
        records: () => undefined,
        outOfRange: () => undefined,
        looked: () => undefined,
        shared: (other) => this.shared(other),
        connected: (up, reason) => observer.observe({ kind: 'dependency', name: 'kafka', up, reason }),
      });
      await Promise.race([failed, stopped]);
    } finally {
      // Each partition is let go of before the group gives it to another trainer.
      await source.stop();
      leave.abort();
      await Promise.allSettled(tasks);
      await Promise.allSettled([...this.roles.keys()].map((name) => this.end(name)));
      observer.notice('info', 'trainer stops');
    }
  }

  private assigned(partition: number): void {
    const { observer } = this.ports;
    observer.observe({ kind: 'partition-assigned', partition });
    this.start(nameOf(partition), this.worker(partition));
    if (partition === LEARNER_PARTITION) this.start(LEARNER, this.learner());
  }

  private async revoked(partition: number): Promise<void> {
    await Promise.all([this.end(nameOf(partition)), partition === LEARNER_PARTITION ? this.end(LEARNER) : undefined]);
    this.ports.observer.observe({ kind: 'partition-revoked', partition });
  }

  /**
   * A writer was opened elsewhere although this trainer owns the partition, or a request has failed: it starts again from the log. If that
   * fails again and again, it waits longer and longer. Two trainers that fence each other do so, too.
   */
  private confirmed(partition: number): void {
    const nowS = this.ports.clock.elapsedS();
    const restart = (name: string, role: () => Role) => {
      if (this.roles.get(name)?.isOut !== true || !this.backOff(name).isOver(nowS)) return;
      this.roles.delete(name);
      this.start(name, role());
    };
    restart(nameOf(partition), () => this.worker(partition));
    if (partition === LEARNER_PARTITION) restart(LEARNER, () => this.learner());
  }

  private shared(other: string | null): void {
    if (other === null) return;
    const message = `a trainer of another deployment, or with other settings, is in this trainer's consumer group: ${other}`;
    this.ports.observer.notice('error', message, {
      next: 'give each deployment its own CLV_APP, and all of its trainers the same CLV_TRAIN_…, CLV_LATENESS_SECONDS, CLV_ORIGIN_EVERY_DAYS, CLV_REFIT_EVERY_DAYS, CLV_MODEL and --accelerated',
    });
  }

  private worker(partition: number): PartitionWorker {
    const { topics, settings, partitions } = this.options;
    const { changelog, view } = this;
    return new PartitionWorker(
      partition,
      { ...this.ports, changelog, view, openWriter: this.opener(nameOf(partition)) },
      { ...settings, topics, labels: labelSettings(settings, partitions) },
    );
  }

  private learner(): SharedLearner {
    const { changelog } = this;
    const openLearningLog = () => this.openLearningLog();
    const openWriter = this.opener(LEARNER);
    return new SharedLearner({ ...this.ports, changelog, openLearningLog, openWriter }, this.options);
  }

  /** Opens writers for a role. A successful append ends the role's back-off. */
  private opener(role: string): (name: string) => Promise<OwnedWriter> {
    return async (name) => {
      const writer = await withLog(`the writer ${name}`, () => this.ports.openWriter(name));
      return new OwnedWriter(writer, () => this.backOff(role).reset());
    };
  }

  private backOff(name: string): BackOff {
    const backOff = this.backOffs.get(name) ?? new BackOff();
    this.backOffs.set(name, backOff);
    return backOff;
  }

  /** Keeps up with what the learner publishes. While the log can't be read, tries again with back-off. */
  private async followLearner(signal: AbortSignal): Promise<void> {
    const { clock, observer } = this.ports;
    const { learningTopic } = this.options;
    const backOff = new BackOff();
    while (!signal.aborted) {
      try {
        return await withLog(`topic ${learningTopic}`, () => this.view.run(signal));
      } catch (error) {
        if (!mayTryAgain(error)) throw error;
        const waitS = backOff.failed(clock.elapsedS());
        observer.notice('warn', `topic ${learningTopic} can't be read; trying again`, { error: String(error), waitS });
        await clock.sleep(waitS * 1000, signal);
      }
    }
  }

  private openLearningLog(): LearningLog {
    return new LearningLog(this.ports, this.options.learningTopic);
  }

  private start(name: string, role: Role): void {
    const leave = new AbortController();
    const running: RunningRole = {
      role,
      leave,
      isOut: false,
      ended: role.run(leave.signal).catch((error) => {
        running.isOut = true;
        if (!mayTryAgain(error)) return this.fail(error);
        if (leave.signal.aborted) return;
        const { clock, observer } = this.ports;
        const waitS = this.backOff(name).failed(clock.elapsedS());
        const partition = role instanceof PartitionWorker ? role.partition : LEARNER_PARTITION;
        if (error instanceof WriterFenced) observer.observe({ kind: 'fenced', partition, by: 'log' });
        observer.notice('warn', `${name}: this trainer stops, and starts again if the group confirms it`, {
          error: String(error),
          waitS,
        });
      }),
    };
    this.roles.set(name, running);
  }

  private async end(name: string): Promise<void> {
    const running = this.roles.get(name);
    if (running === undefined) return;
    running.leave.abort();
    await running.ended;
    if (this.roles.get(name) !== running) return;
    this.roles.delete(name);
    this.backOffs.delete(name);
  }

  private async observe(signal: AbortSignal): Promise<void> {
    const { clock, observer } = this.ports;
    while (!signal.aborted) {
      await clock.sleep(this.options.settings.checkEverySeconds * 1000, signal);
      if (signal.aborted) return;
      const running = [...this.roles.values()].filter(({ isOut }) => !isOut).map(({ role }) => role);
      const own = running.flatMap((role) => (role instanceof PartitionWorker ? (role.labels ?? []) : []));
      const learner = running.find((role) => role instanceof SharedLearner);
      const limitS = this.view.current?.limitS ?? null;
      if (own.length > 0) observer.observe(labelFacts(own));
      // Before the first day there is no watermark either: it would seem to stand still.
      else if (limitS !== null) observer.observe(noLabels(limitS));
      const missing = learner?.missing.length ?? 0;
      observer.observe({ kind: 'shared-training', isLearner: learner !== undefined, limitS, missing });
    }
  }
}

/** A trainer that owns nothing, for example because there are more trainers than partitions. */
function noLabels(watermarkS: number): FactOf<'labels'> {
  return { kind: 'labels', openOrigins: 0, closedIntervals: 0, reservoir: 0, tooLate: 0, watermarkS, heldS: 0 };
}
