import type { Currency } from '../../domain/currency';
import type { StoredScore } from '../../domain/prequential/judged-score';
import type { Clock } from '../../ports/clock';
import type { EventDecoder } from '../../ports/event-decoder';
import type { Learner } from '../../ports/learner';
import type { LogReader } from '../../ports/log';
import type { ModelRegistry } from '../../ports/model-registry';
import type { Observer } from '../../ports/observer';
import type { PrequentialReports } from '../../ports/prequential-reports';
import type { TrainerStore } from '../../ports/trainer-store';
import type { Sha256 } from '../../serde/model-artefact';
import type { TimeDecisions } from '../time/time-decisions';
import { ChampionHistory } from './champion';
import { labelFacts } from './label-facts';
import { type DayWork, LabelIntake } from './label-intake';
import { LearningDay } from './learning-day';
import { PrequentialReporter } from './prequential';
import { labelSettings, type TrainerSettings } from './settings';
import { sideBySide } from './side-by-side';

export interface TrainerPorts {
  readonly reader: LogReader;
  readonly decoder: EventDecoder;
  readonly store: TrainerStore;
  readonly registry: ModelRegistry;
  readonly reports: PrequentialReports;
  readonly learner: Learner;
  readonly sha256: Sha256;
  readonly observer: Observer;
  readonly clock: Clock;
  /** See {@link FeedPorts}. */
  readonly times?: TimeDecisions;
  /** Keeps the value tiers. Runs beside the training, and never rejects. */
  readonly tiers?: { run(signal: AbortSignal): Promise<void> };
}

export interface TrainerOptions {
  /** Names of the orders, clicks and browses topics, in this order. */
  readonly topics: readonly string[];
  /** Partition count of every input topic. */
  readonly partitions: number;
  /** 100 for EUR, 1 for JPY. */
  readonly minorPerMajor: number;
  /** Of the deployment: models of another one are refused, and those that are fitted on the stream carry it. Absent: unknown. */
  readonly currency?: Currency;
  /** The champion as long as the model registry has none. */
  readonly firstArtefact: Uint8Array;
  readonly settings: TrainerSettings;
  /** Determines choice and order of the examples, together with the day. */
  readonly seed: number;
}

/**
 * Trains on the stream: reads events, lets labels mature, and at the end of each day of event time judges, refits and trains.
 * It closes nothing: reader, store, model registry and learner belong to the caller.
 */
export class Trainer {
  private history!: ChampionHistory;
  private intake!: LabelIntake;
  private readonly prequential: PrequentialReporter;

  constructor(
    private readonly ports: TrainerPorts,
    private readonly options: TrainerOptions,
  ) {
    const { reports, observer, clock } = ports;
    const { settings, minorPerMajor } = options;
    this.prequential = new PrequentialReporter(reports, observer, clock, minorPerMajor, settings.reportEverySeconds);
  }

  /** Runs until the signal aborts. Rejects on a fault that needs a restart. The store then has its last commit. */
  async run(signal: AbortSignal): Promise<void> {
    const { reader, registry } = this.ports;
    await sideBySide(signal, async (leave) => {
      await this.start(leave);
      return [
        reader.follow(this.intake.positions(), (batch) => this.intake.take(batch, leave), leave),
        registry.watchCurrent((announcement) => this.history.adopt(announcement), leave),
        this.checkAndReport(leave),
        this.ports.times?.follow(this.allPartitions, leave) ?? Promise.resolve(),
        this.ports.tiers?.run(leave) ?? Promise.resolve(),
      ];
    });
  }

  private async start(signal: AbortSignal): Promise<void> {
    const { observer, store } = this.ports;
    this.history = await ChampionHistory.open(this.ports, this.options, (progress) => {
      // The history is opened before the intake.
      const changes = this.intake?.partitions.map((labels) => labels.takeChanges()) ?? [];
      store.commit(changes, progress);
    });
    const { version, settings } = this.history.champion.model;
    const day = new LearningDay(this.ports, this.options, this.history, () => this.intake);
    this.intake = this.openIntake(settings.window, (dayS) => day.work(dayS, signal));
    await this.ports.times?.open(this.intake.positions(), store);
    const positions = this.intake.positions().filter(({ offset }) => offset > 0).length;
    observer.notice('info', `trainer starts with champion ${version}`, { partitionsResumed: positions });
  }

  private openIntake(window: number, dayWork: DayWork): LabelIntake {
    const { topics, partitions, settings } = this.options;
    // Prequential: a score counts only if the model is older than the question. After a fit or a re-read it is not.
    const score = (snapshot: Uint8Array, atS: number): StoredScore | null => {
      const { champion } = this.history;
      if (atS < champion.trainedUntilS) return null;
      return { modelVersion: champion.model.version, outputs: champion.readSnapshot(snapshot, atS) };
    };
    const { dayS } = this.history.progress;
    const { silenceDays, confirmedS } = settings;
    const labels = { ...labelSettings(settings, partitions), window };
    const intakeSettings = { topics, partitions, labels, silenceDays, confirmedS };
    return new LabelIntake(this.ports, intakeSettings, score, dayS, dayWork);
  }

  private get allPartitions(): number[] {
    return Array.from({ length: this.options.partitions }, (_, p) => p);
  }

  private async checkAndReport(signal: AbortSignal): Promise<void> {
    const { clock, observer } = this.ports;
    const { checkEverySeconds } = this.options.settings;
    // The clock does not advance and events wait, until the end of the customers topic is known.
    await this.intake.checkIdle();
    while (!signal.aborted) {
      await clock.sleep(checkEverySeconds * 1000, signal);
      if (signal.aborted) break;
      await this.intake.checkIdle();
      observer.observe(labelFacts(this.intake.partitions));
      await this.prequential.reportIfDue(this.intake.partitions, this.history.champion.model.version);
    }
    observer.notice('info', 'trainer stops');
  }
}
