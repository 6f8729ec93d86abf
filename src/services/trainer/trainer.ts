import type { PartitionLabels } from '../../domain/labels/labels';
import { closedIntervals } from '../../domain/labels/origins';
import type { StoredScore } from '../../domain/prequential/judged-score';
import type { GateVerdict } from '../../domain/promotion/promotion-gate';
import { Scorer } from '../../domain/scoring/scorer';
import type { Clock } from '../../ports/clock';
import type { EventDecoder } from '../../ports/event-decoder';
import type { Learner, TrainingScope } from '../../ports/learner';
import type { LogReader } from '../../ports/log';
import type { ModelRegistry } from '../../ports/model-registry';
import type { Observer } from '../../ports/observer';
import type { PrequentialReports } from '../../ports/prequential-reports';
import type { TrainerStore } from '../../ports/trainer-store';
import { encodeArtefact, type Sha256 } from '../../serde/model-artefact';
import { ChampionHistory } from './champion';
import type { Contender } from './contender';
import { DriftWatch } from './drift-watch';
import { gateOrigins, runGateTrial } from './gate-trial';
import { LabelIntake } from './label-intake';
import { PrequentialReporter } from './prequential';
import type { TrainerSettings } from './settings';
import { SigmaCalibrator } from './sigma-calibrator';
import { refitTierCuts } from './tier-cuts';
import { type MaturedOrigin, type TrainingPool, type TrainingRound, trainingPool, trainRound } from './training-round';

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
  /** Uniform [0, 1). Determines choice and order of the examples. */
  readonly random: () => number;
}

export interface TrainerOptions {
  /** Names of the orders, clicks and browses topics, in this order. */
  readonly topics: readonly string[];
  /** Partition count of every input topic. */
  readonly partitions: number;
  /** 100 for EUR, 1 for JPY. */
  readonly minorPerMajor: number;
  /** The champion as long as the model registry has none. */
  readonly firstArtefact: Uint8Array;
  readonly settings: TrainerSettings;
}

/**
 * Trains on the stream: reads events, lets labels mature, fine-tunes a challenger, and publishes it if it passes the gate.
 * It closes nothing: reader, store, model registry and learner belong to the caller.
 */
export class Trainer {
  private history!: ChampionHistory;
  private intake!: LabelIntake;
  private readonly drift: DriftWatch;
  private readonly prequential: PrequentialReporter;
  private readonly calibrator: SigmaCalibrator;
  private lastRoundS = 0;
  private lastSeconds = 0;
  /** Set by a drift alarm: the next round trains the encoder too. */
  private widen = false;

  constructor(
    private readonly ports: TrainerPorts,
    private readonly options: TrainerOptions,
  ) {
    const { reports, observer, clock } = ports;
    const { settings, minorPerMajor } = options;
    this.drift = new DriftWatch(settings.gateIntervals, settings.gateShare);
    this.calibrator = new SigmaCalibrator(ports, settings.gateShare, settings.calibrateEverySeconds);
    this.prequential = new PrequentialReporter(reports, observer, clock, minorPerMajor, settings.reportEverySeconds);
  }

  /** Runs until the signal aborts. Rejects on a fault that needs a restart. The store then has its last commit. */
  async run(signal: AbortSignal): Promise<void> {
    await this.start();
    const leave = new AbortController();
    const stop = () => leave.abort();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const { reader, registry } = this.ports;
    const tasks = [
      reader.follow(this.intake.positions(), (batch) => this.intake.take(batch), leave.signal),
      registry.watchCurrent((announcement) => this.history.adopt(announcement), leave.signal),
      this.learn(leave.signal),
    ];
    try {
      await Promise.all(tasks);
    } finally {
      stop();
      await Promise.allSettled(tasks);
      signal.removeEventListener('abort', stop);
    }
  }

  private async start(): Promise<void> {
    const { store, clock, observer } = this.ports;
    this.history = await ChampionHistory.open(this.ports, this.options, (progress) => {
      store.commit(
        this.labels().map((labels) => labels.takeChanges()),
        progress,
      );
    });
    const { version, settings } = this.history.champion.model;
    this.intake = this.openIntake(settings.window);
    this.lastRoundS = clock.elapsedS();
    const positions = this.intake.positions().filter(({ offset }) => offset > 0).length;
    observer.notice('info', `trainer starts with champion ${version}`, { partitionsResumed: positions });
  }

  private openIntake(window: number): LabelIntake {
    const { reader, decoder, store } = this.ports;
    const { topics, partitions, settings } = this.options;
    const { latenessDays, originEveryDays, recencyDays, gateShare } = settings;
    const labelSettings = {
      window,
      latenessDays,
      originEveryDays,
      recencyDays,
      gateShare,
      maxOpenOrigins: Math.ceil(settings.maxOpenOrigins / partitions),
      reservoirSize: Math.ceil(settings.reservoirSize / partitions),
      judgedScores: Math.ceil(settings.judgedScores / partitions),
    };
    const score = (snapshot: Uint8Array, atS: number): StoredScore => {
      const { champion } = this.history;
      return { modelVersion: champion.model.version, outputs: champion.readSnapshot(snapshot, atS) };
    };
    return new LabelIntake({ reader, decoder, store }, { topics, partitions, labels: labelSettings }, score);
  }

  private async learn(signal: AbortSignal): Promise<void> {
    const { clock, observer } = this.ports;
    const { settings } = this.options;
    // The clock does not advance and events wait, until the end of the customers topic is known.
    await this.intake.checkIdle();
    while (!signal.aborted) {
      await clock.sleep(settings.checkEverySeconds * 1000, signal);
      if (signal.aborted) return;
      await this.intake.checkIdle();
      this.reportLabels();
      await this.prequential.reportIfDue(this.intake.partitions, this.history.champion.model.version);
      if (this.drift.hasRisen(this.origins())) await this.answerDrift();
      if (this.calibrator.isDue(this.history)) await this.calibrator.calibrate(this.history, this.origins());
      const pool = trainingPool(this.origins(), settings.gateShare);
      if (!this.isDue(pool)) continue;
      const startS = clock.elapsedS();
      await this.round(pool, signal);
      this.lastRoundS = clock.elapsedS();
      this.lastSeconds = this.lastRoundS - startS;
    }
    observer.notice('info', 'trainer stops');
  }

  private isDue(pool: TrainingPool): boolean {
    const { trainEverySeconds, minFreshIntervals, minExamples } = this.options.settings;
    if (pool.freshIntervals === 0 || pool.fresh.length + pool.rest.length < minExamples) return false;
    const sinceS = this.ports.clock.elapsedS() - this.lastRoundS;
    // Reading gets at least as much time as training, even if intervals close fast.
    return sinceS >= trainEverySeconds || (pool.freshIntervals >= minFreshIntervals && sinceS >= this.lastSeconds);
  }

  private async round(pool: TrainingPool, signal: AbortSignal): Promise<void> {
    const { learner, observer, clock, random } = this.ports;
    const { settings } = this.options;
    const { history } = this;
    const { champion } = history;
    const startS = clock.elapsedS();
    const scope = this.nextScope();
    const trained = await trainRound(learner, history.challenger.model, pool, { scope, settings, random, signal });
    this.markTrained(trained.chosen);
    history.remember({ rounds: history.progress.rounds + 1 });
    const seconds = clock.elapsedS() - startS;
    observer.observe({ kind: 'trained', loss: trained.loss, examples: trained.chosen.length, seconds, scope });
    // A kill between here and the announcement loses one round only.
    if (signal.aborted || history.champion !== champion) return;
    const challenger = this.contenderOf(trained, pool);
    if (challenger === null) return;
    const verdict = await runGateTrial(champion, challenger, gateOrigins(this.origins(), settings), settings, clock);
    this.reportVerdict(verdict);
    if (signal.aborted || history.champion !== champion) return;
    if (verdict.promote) {
      history.challenger = challenger;
      await history.promote(challenger, verdict, 'promotions');
    } else {
      const undecided = verdict.reason === 'inside-noise' || verdict.reason.startsWith('too-few');
      history.challenger = undecided ? challenger : champion;
    }
  }

  private nextScope(): TrainingScope {
    const { encoderEvery } = this.options.settings;
    const isTurn = encoderEvery > 0 && (this.history.progress.rounds + 1) % encoderEvery === 0;
    const scope = isTurn || this.widen ? 'all' : 'heads';
    this.widen = false;
    return scope;
  }

  /** The trained weights, encoded as an artefact and decoded again. If they can't be served: null, and the challenger is reset to the champion. */
  private contenderOf(trained: TrainingRound, pool: TrainingPool): Contender | null {
    const { weights, settings, loss, chosen } = trained;
    const card = {
      createdBy: 'clv-stream train',
      trainedOn: 'Intervals that closed on the stream.',
      examples: chosen.length,
      loss: Number.isFinite(loss) ? loss : null,
      seed: 0,
      createdAtMs: this.ports.clock.nowMs(),
      parent: this.history.champion.model.version,
    };
    // The champion may have been recalibrated since the challenger's first round.
    const { logSpendSigmaFactors } = this.history.champion.model.settings;
    const calibrated = { ...settings, ...(logSpendSigmaFactors ? { logSpendSigmaFactors } : {}) };
    try {
      // No score depends on the tier cuts, so a scorer without them can compute them for the artefact.
      const uncut = { version: '', encoderVersion: 'in-the-making', weights, settings: calibrated };
      const scorer = new Scorer(uncut, this.options.minorPerMajor);
      const tierCuts = refitTierCuts(scorer, [...pool.fresh, ...pool.rest]);
      const artefact = encodeArtefact({ weights, settings: { ...calibrated, tierCuts }, card }, this.ports.sha256);
      return this.history.contender(artefact);
    } catch (error) {
      this.history.challenger = this.history.champion;
      const message = 'the trained weights are no valid model; training starts again from the champion';
      this.ports.observer.notice('warn', message, { error: String(error) });
      return null;
    }
  }

  private async answerDrift(): Promise<void> {
    const { observer, clock } = this.ports;
    const { settings } = this.options;
    observer.notice('warn', 'drift alarm: the prequential loss has risen beyond chance');
    this.widen = true;
    const { champion, progress } = this.history;
    if (progress.previousArtefact === null) return;
    const previous = this.history.contender(progress.previousArtefact);
    const verdict = await runGateTrial(champion, previous, gateOrigins(this.origins(), settings), settings, clock);
    if (verdict.promote) await this.history.promote(previous, verdict, 'rollbacks');
  }

  /** Empty before the intake is open, because the champion history is opened first. */
  private labels(): readonly PartitionLabels[] {
    return this.intake?.partitions ?? [];
  }

  private markTrained(chosen: readonly MaturedOrigin[]): void {
    for (const { origin, clockS, partition } of chosen) {
      this.intake.partitions[partition]!.markTrained(origin, closedIntervals(origin, clockS));
    }
  }

  private *origins(): IterableIterator<MaturedOrigin> {
    for (const labels of this.intake.partitions) {
      const { partition, clockS } = labels;
      for (const origin of labels.origins()) yield { partition, origin, clockS };
    }
  }

  private reportVerdict(verdict: GateVerdict): void {
    const { championLoss, challengerLoss, origins } = verdict;
    const reason = verdict.promote ? 'better' : verdict.reason;
    this.ports.observer.observe({
      kind: 'gate',
      promoted: verdict.promote,
      reason,
      championLoss,
      challengerLoss,
      origins,
    });
  }

  private reportLabels(): void {
    let closed = 0;
    for (const { origin, clockS } of this.origins()) closed += closedIntervals(origin, clockS);
    const { partitions } = this.intake;
    this.ports.observer.observe({
      kind: 'labels',
      openOrigins: partitions.reduce((sum, labels) => sum + labels.openOrigins, 0),
      closedIntervals: closed,
      reservoir: partitions.reduce((sum, labels) => sum + labels.reservoirCount, 0),
      watermarkS: Math.min(...partitions.map((labels) => labels.clockS)),
    });
  }
}
