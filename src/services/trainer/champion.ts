import type { Currency } from '../../domain/currency';
import type { GateVerdict } from '../../domain/promotion/promotion-gate';
import type { ReleaseAction } from '../../domain/release/release';
import type { Clock } from '../../ports/clock';
import { WriterFenced } from '../../ports/log';
import type { CurrentModel, ModelRegistry } from '../../ports/model-registry';
import type { Observer } from '../../ports/observer';
import type { TrainingProgress } from '../../ports/trainer-store';
import type { Sha256 } from '../../serde/model-artefact';
import { Contender } from './contender';
import { sentenceOf } from './gate-trial';
import { Pin } from './pin';

/** Where the training progress is stored: the trainer store, or the log that several trainers share. */
export interface ProgressStore {
  training(): TrainingProgress | null;
  /** The next process reads it, even if this one is killed right after. */
  commit(changes: readonly [], training: TrainingProgress): void | Promise<void>;
}

export interface ChampionHistoryPorts {
  readonly store: ProgressStore;
  readonly registry: ModelRegistry;
  readonly observer: Observer;
  readonly clock: Clock;
  readonly sha256: Sha256;
}

/** Throws on an artefact that can't be served. */
type OpenContender = (artefact: Uint8Array) => Contender;

/** Who announces, in the records of the models topic. */
const BY = 'trainer';

const NOTHING_YET = {
  ...{ rounds: 0, promotions: 0, rollbacks: 0, recalibrations: 0, previousArtefact: null, dayS: null },
  ...{ announcing: [], traineeArtefact: null, trial: null, lastTrialS: null, watch: null },
};

/** Chance of rolling a champion back that is not worse than the one before it. */
const WATCH_ALPHA = 0.01;

/** The champion, the models on trial, and the previous champion for a roll-back. */
export class ChampionHistory {
  /** The announcement that is being published: the watch may deliver it before or after the answer, or although the answer is lost. */
  private publishing: { readonly version: string; delivered: number | null } | null = null;
  /** What the store holds. */
  private saved: TrainingProgress;

  private constructor(
    public champion: Contender,
    /** Sequence of the newest announcement that was taken into account. */
    private sequence: number,
    public progress: TrainingProgress,
    private readonly ports: ChampionHistoryPorts,
    private readonly pin: Pin,
    private readonly open: OpenContender,
    private readonly commit: (progress: TrainingProgress) => void,
  ) {
    this.saved = progress;
  }

  /**
   * Opens with the champion of the model registry, or with the first artefact. `keepsChampion`: before anything was announced, with the
   * champion that the progress remembers, whatever the first artefact of this process is. `commit` writes the progress to the trainer store.
   */
  static async open(
    ports: ChampionHistoryPorts,
    options: {
      readonly firstArtefact: Uint8Array;
      readonly minorPerMajor: number;
      readonly currency?: Currency;
      readonly keepsChampion?: boolean;
    },
    commit: (progress: TrainingProgress) => void,
  ): Promise<ChampionHistory> {
    const { firstArtefact, minorPerMajor, currency, keepsChampion = false } = options;
    const contender: OpenContender = (artefact) => new Contender(artefact, ports.sha256, minorPerMajor, currency);
    const current = await ports.registry.current();
    const pin = new Pin(ports.observer);
    if (current !== null) pin.follow(current);
    const remembered = ports.store.training();
    const kept = keepsChampion && current === null ? keptChampion(ports, remembered, firstArtefact, contender) : null;
    const champion = kept ?? currentChampion(ports, current, firstArtefact, contender, remembered);
    const { version } = champion.model;
    const progress: TrainingProgress = {
      ...NOTHING_YET,
      ...remembered,
      championVersion: version,
      championArtefact: champion.artefact,
    };
    const history = new ChampionHistory(champion, current?.sequence ?? -1, progress, ports, pin, contender, commit);
    // Another program released a model while this one did not run.
    if (remembered !== null && remembered.championVersion !== version) {
      history.remember(history.afterChange(remembered.championArtefact, champion.artefact));
      if (rollsBack(current)) history.remember(NO_WAY_BACK);
    }
    history.save();
    return history;
  }

  /** Throws on an artefact that can't be served. */
  contender(artefact: Uint8Array): Contender {
    return this.open(artefact);
  }

  /** null with a warning if the model can't be served. */
  servable(encode: () => Uint8Array): Contender | null {
    try {
      return this.contender(encode());
    } catch (error) {
      const message = 'the fitted model is no valid model; the champion stays';
      this.ports.observer.notice('warn', message, { error: String(error) });
      return null;
    }
  }

  /** Changes the progress in memory. {@link save} writes it. */
  remember(changes: Partial<TrainingProgress>): void {
    this.progress = { ...this.progress, ...changes };
  }

  /** Writes the progress to the trainer store, with the labels. */
  save(): void {
    this.commit(this.progress);
    this.saved = this.progress;
  }

  /** Announces the model and makes it the champion. Returns false if it was not published. */
  async promote(next: Contender, verdict: GateVerdict, kind: 'promotions' | 'rollbacks'): Promise<boolean> {
    const isRollback = kind === 'rollbacks';
    const note = (isRollback ? 'Rolled back: the weights before answered better. ' : '') + sentenceOf(verdict);
    const change = { [kind]: this.progress[kind] + 1, ...(isRollback ? { watch: null } : {}) };
    if (!(await this.release(next, note, isRollback ? 'rolled-back' : 'promoted', () => this.succeed(next, change))))
      return false;
    this.ports.observer.notice('info', `${next.model.version} is the new champion`, { note });
    return true;
  }

  /**
   * Replaces the champion by itself with other statistics or another calibration. The weights stay the same, so the models on trial stay. A
   * roll-back goes to the weights before, not to the statistics before. Returns false if it was not published.
   */
  async recalibrate(next: Contender, note: string): Promise<boolean> {
    const { artefact, model } = next;
    const isReleased = await this.release(next, note, 'recalibrated', () => {
      this.champion = next;
      const recalibrations = this.progress.recalibrations + 1;
      this.remember({ recalibrations, championVersion: model.version, championArtefact: artefact });
    });
    if (!isReleased) return false;
    this.ports.observer.notice('info', `${model.version} is the champion, recalibrated`, { note });
    return true;
  }

  /**
   * Announces the model, and puts it into force here. Until then, the watch may deliver the announcement at any moment, even after the answer.
   * It must not be taken for that of another program: the models on trial would be lost.
   */
  private async release(next: Contender, note: string, action: ReleaseAction, succeed: () => void): Promise<boolean> {
    try {
      if (!(await this.announce(next, note, action))) return false;
      succeed();
      return true;
    } finally {
      this.publishing = null;
    }
  }

  /**
   * False if the publication failed, so that the next round tries again, if another model was announced before or after this one, or if
   * the model in force is pinned. True if the answer was lost but the model registry has delivered the model back.
   */
  private async announce({ artefact, model }: Contender, note: string, action: ReleaseAction): Promise<boolean> {
    const { registry, clock, observer } = this.ports;
    const { version } = model;
    const { champion } = this;
    // The watch may not have delivered a pin or another model yet. If the registry can't be read, it can't be written either.
    const before = await registry.current().catch(() => null);
    if (before !== null) this.adopt(before);
    if (this.champion !== champion || this.pin.holdsBack(version)) return false;
    const knownSequence = this.sequence;
    const publishing = { version, delivered: null as number | null };
    this.publishing = publishing;
    const announcing = [...new Set([...this.progress.announcing, version])];
    this.remember({ announcing });
    // After a kill, the day starts again from what is saved, and comes to the same model. The next start must know it for its own.
    this.saved = { ...this.saved, announcing };
    await this.ports.store.commit([], this.saved);
    try {
      const announcement = { version, artefact, announcedAtMs: clock.nowMs(), note };
      await registry.publish(announcement, { action, by: BY, reason: '' });
    } catch (error) {
      // Another trainer has taken over: this one must end.
      if (error instanceof WriterFenced) throw error;
      if (publishing.delivered === null) {
        observer.notice('warn', `model ${version} could not be published to the model registry; the champion stays`, {
          error: String(error),
        });
        return false;
      }
    }
    this.sequence = Math.max(this.sequence, publishing.delivered ?? this.sequence);
    await this.restorePin(version, knownSequence);
    // If the registry cannot be read now, the watch delivers what was announced after this model.
    const current = await registry.current().catch(() => null);
    if (current === null || current.version === version) {
      if (current !== null && current.sequence > this.sequence) {
        this.sequence = current.sequence;
        this.pin.follow(current);
      }
      return true;
    }
    this.adopt(current);
    return false;
  }

  /** If a pin was announced between our last read and our release, the release has overruled it. Puts the pinned model back into force. */
  private async restorePin(released: string, afterSequence: number): Promise<void> {
    const { registry, clock, observer } = this.ports;
    const since = await registry.history(afterSequence).catch(() => []);
    const own = since.findIndex(({ version, release }) => version === released && release?.by === BY);
    const pinned = since[own - 1];
    if (pinned?.release?.pinned !== true || own < since.length - 1) return;
    const { version } = pinned;
    const reason = `The trainer released ${released} at the same moment.`;
    try {
      const stored = (await registry.versions()).get(version)!;
      await registry.publish({ ...stored, announcedAtMs: clock.nowMs() }, { action: 'pinned', by: BY, reason });
      observer.notice('info', `model ${version} was pinned at the same moment and is in force again`);
    } catch (error) {
      if (error instanceof WriterFenced) throw error;
      const message = `model ${released} has overruled the pin of ${version}: promote and pin that one again`;
      observer.notice('warn', message, { error: String(error) });
    }
  }

  /** Makes a model that another program released the champion here too. Announcements that are older than the newest one are ignored. */
  adopt(announcement: CurrentModel): void {
    const { version, artefact, sequence } = announcement;
    if (sequence <= this.sequence) return;
    this.pin.follow(announcement);
    if (version === this.publishing?.version) {
      this.publishing.delivered = sequence;
      return;
    }
    this.sequence = sequence;
    if (version === this.champion.model.version) return;
    const { observer } = this.ports;
    try {
      this.succeed(this.contender(artefact), {});
      if (rollsBack(announcement)) this.remember(NO_WAY_BACK);
      this.save();
      observer.notice('info', `champion ${version} adopted from the model registry`);
    } catch (error) {
      observer.observe({ kind: 'model-refused', version, reason: String(error) });
    }
  }

  private succeed(next: Contender, changes: Partial<TrainingProgress>): void {
    const { artefact, model } = next;
    const change = this.afterChange(this.champion.artefact, artefact);
    this.champion = next;
    this.remember({ ...change, ...changes, championVersion: model.version, championArtefact: artefact });
  }

  /** The progress after the champion's weights have changed: training starts again from it, and it is watched. */
  private afterChange(previousArtefact: Uint8Array, artefact: Uint8Array): Partial<TrainingProgress> {
    const watch = {
      championArtefact: artefact,
      challengerArtefact: previousArtefact,
      startedAtS: this.progress.dayS ?? 0,
      alpha: WATCH_ALPHA,
    };
    return { previousArtefact, watch, trial: null, traineeArtefact: null };
  }
}

/** After a roll-back by hand, the model that it went back from must not come back by itself. */
const NO_WAY_BACK = { previousArtefact: null, watch: null };

/** A person went back from the champion before. */
function rollsBack(announcement: CurrentModel | null): boolean {
  return announcement?.release?.action === 'rolled-back';
}

/** Trainers take turns in learning. The first artefact of the one must not replace the champion of the other. */
function keptChampion(
  { observer, sha256 }: ChampionHistoryPorts,
  remembered: TrainingProgress | null,
  first: Uint8Array,
  contender: OpenContender,
): Contender | null {
  if (remembered === null) return null;
  const { championArtefact: artefact, championVersion: version } = remembered;
  try {
    const kept = contender(artefact);
    if (sha256(first) !== sha256(artefact))
      observer.notice('warn', `the champion stays ${version}, although CLV_MODEL is another one`, {
        next: 'give scorers and trainers the same CLV_MODEL; clv-stream model publish announces another one',
      });
    return kept;
  } catch (error) {
    observer.observe({ kind: 'model-refused', version, reason: String(error) });
    return null;
  }
}

function currentChampion(
  ports: ChampionHistoryPorts,
  current: CurrentModel | null,
  first: Uint8Array,
  contender: OpenContender,
  remembered: TrainingProgress | null,
): Contender {
  // This trainer was killed in the day that announced it. The day starts again, and announces it again.
  if (current !== null && remembered?.announcing?.includes(current.version))
    return contender(remembered.championArtefact);
  if (current !== null) {
    try {
      return contender(current.artefact);
    } catch (error) {
      ports.observer.observe({ kind: 'model-refused', version: current.version, reason: String(error) });
    }
  }
  return contender(first);
}
