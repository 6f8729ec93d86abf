import type { GateVerdict } from '../../domain/promotion/promotion-gate';
import type { Clock } from '../../ports/clock';
import type { ModelAnnouncement, ModelRegistry } from '../../ports/model-registry';
import type { Observer } from '../../ports/observer';
import type { TrainerStore, TrainingProgress } from '../../ports/trainer-store';
import type { Sha256 } from '../../serde/model-artefact';
import { Contender } from './contender';
import { sentenceOf } from './gate-trial';

export interface ChampionHistoryPorts {
  readonly store: TrainerStore;
  readonly registry: ModelRegistry;
  readonly observer: Observer;
  readonly clock: Clock;
  readonly sha256: Sha256;
}

const NOTHING_YET = { rounds: 0, promotions: 0, rollbacks: 0, recalibrations: 0, previousArtefact: null };

/** Who is champion, who challenges, and whom one could go back to. */
export class ChampionHistory {
  /** What the next round starts from: the champion, or a challenger that was not worse. */
  challenger: Contender;
  /** Own announcements that the registry has not handed back yet, oldest first: none of them is someone else's release. */
  private readonly echoes: string[] = [];

  private constructor(
    public champion: Contender,
    public progress: TrainingProgress,
    private readonly ports: ChampionHistoryPorts,
    private readonly minorPerMajor: number,
    private readonly commit: (progress: TrainingProgress) => void,
  ) {
    this.challenger = champion;
  }

  /** The registry's champion, else the first artefact. `commit` writes the progress to the trainer store. */
  static async open(
    ports: ChampionHistoryPorts,
    options: { readonly firstArtefact: Uint8Array; readonly minorPerMajor: number },
    commit: (progress: TrainingProgress) => void,
  ): Promise<ChampionHistory> {
    const { firstArtefact, minorPerMajor } = options;
    const champion = await currentChampion(ports, firstArtefact, minorPerMajor);
    const { version } = champion.model;
    const remembered = ports.store.training();
    // Someone else's release, or a kill between announcing and remembering.
    const isNew = remembered !== null && remembered.championVersion !== version;
    const progress: TrainingProgress = {
      ...NOTHING_YET,
      ...remembered,
      ...(isNew ? { previousArtefact: remembered.championArtefact } : {}),
      championVersion: version,
      championArtefact: champion.artefact,
    };
    commit(progress);
    return new ChampionHistory(champion, progress, ports, minorPerMajor, commit);
  }

  /** Throws on an artefact that can't be served. */
  contender(artefact: Uint8Array): Contender {
    return new Contender(artefact, this.ports.sha256, this.minorPerMajor);
  }

  remember(changes: Partial<TrainingProgress>): void {
    this.progress = { ...this.progress, ...changes };
    this.commit(this.progress);
  }

  /**
   * A kill between the two effects: the registry has the new champion, the store still names the old one; the next start follows the
   * registry and remembers the old one as the one to roll back to.
   */
  async promote(next: Contender, verdict: GateVerdict, kind: 'promotions' | 'rollbacks'): Promise<void> {
    const note = (kind === 'rollbacks' ? 'Rolled back on a drift alarm. ' : '') + sentenceOf(verdict);
    // 1. Announce. 2. Become champion, and remember whom it followed.
    if (!(await this.announce(next, note))) return;
    this.succeed(next, { [kind]: this.progress[kind] + 1 });
    this.ports.observer.notice('info', `${next.model.version} is the new champion`, { note });
  }

  /**
   * The champion with another calibration: heads and encoder are the same, so that a challenger in the making stays one, and a drift
   * alarm goes back to the champion before, not to the calibration before. A kill between the two effects loses that: the next start
   * takes the champion of the old calibration for the one before.
   */
  async recalibrate(next: Contender, note: string): Promise<void> {
    if (!(await this.announce(next, note))) return;
    if (this.challenger === this.champion) this.challenger = next;
    this.champion = next;
    const { artefact, model } = next;
    const recalibrations = this.progress.recalibrations + 1;
    this.remember({ recalibrations, championVersion: model.version, championArtefact: artefact });
    this.ports.observer.notice('info', `${model.version} is the champion, recalibrated`, { note });
  }

  /** False where the registry is away: the next round tries again, unless the registry hands it back in the meantime. */
  private async announce({ artefact, model }: Contender, note: string): Promise<boolean> {
    const { registry, clock, observer } = this.ports;
    const { version } = model;
    this.echoes.push(version);
    try {
      await registry.publish({ version, artefact, announcedAtMs: clock.nowMs(), note });
    } catch (error) {
      const unheard = this.echoes.indexOf(version);
      if (unheard >= 0) {
        this.echoes.splice(unheard, 1);
        observer.notice('warn', `${version} could not be announced; the champion stays`, { error: String(error) });
        return false;
      }
    }
    return true;
  }

  /** Someone else's release: it becomes champion here too. */
  adopt(announcement: ModelAnnouncement): void {
    const { version, artefact } = announcement;
    const echo = this.echoes.indexOf(version);
    if (echo >= 0) {
      // One's own; a compacted registry may have skipped those before it.
      this.echoes.splice(0, echo + 1);
      return;
    }
    if (version === this.champion.model.version) return;
    const { observer } = this.ports;
    try {
      this.succeed(this.contender(artefact), {});
      observer.notice('info', `champion ${version} adopted from the registry`);
    } catch (error) {
      observer.observe({ kind: 'model-refused', version, reason: String(error) });
    }
  }

  private succeed(next: Contender, changes: Partial<TrainingProgress>): void {
    const previousArtefact = this.champion.artefact;
    this.champion = this.challenger = next;
    const { artefact, model } = next;
    this.remember({ ...changes, championVersion: model.version, championArtefact: artefact, previousArtefact });
  }
}

async function currentChampion(
  ports: ChampionHistoryPorts,
  first: Uint8Array,
  minorPerMajor: number,
): Promise<Contender> {
  const current = await ports.registry.current();
  if (current !== null) {
    try {
      return new Contender(current.artefact, ports.sha256, minorPerMajor);
    } catch (error) {
      ports.observer.observe({ kind: 'model-refused', version: current.version, reason: String(error) });
    }
  }
  return new Contender(first, ports.sha256, minorPerMajor);
}
