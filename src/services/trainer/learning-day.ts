import { SECONDS_PER_DAY } from '../../domain/event';
import { closedIntervals, compareOrigins } from '../../domain/labels/origins';
import { mulberry32 } from '../../domain/math/random';
import { earnedAlpha, type GateVerdict } from '../../domain/promotion/promotion-gate';
import type { TrainingScope } from '../../ports/learner';
import type { StoredTrial } from '../../ports/trainer-store';
import type { ChampionHistory } from './champion';
import type { Contender } from './contender';
import { DriftWatch } from './drift-watch';
import { sentenceOf, Trial, type TrialTerms } from './gate-trial';
import { isKnown, jumpDuring } from './jump-guard';
import type { LabelPartitions, LearningOptions, LearningPorts } from './learning-ports';
import { isTurn } from './learning-turns';
import type { MaturedOrigin } from './matured-origin';
import { type OpenOrders, openOrdersBy } from './open-intervals';
import { exaggeration } from './probes';
import { factsOf, recalibrate, recalibratedArtefact, sentenceOfRecalibration } from './recalibration';
import type { TrainerSettings } from './settings';
import { ShopStatistics } from './shop-statistics';
import { trainingPool, trainRound } from './training-round';

/**
 * What the trainer does at the end of each day of event time: it judges the models on trial, refits the statistics of the shop, and trains.
 * All of it depends on the labels, the stored progress and the day alone, so a day that is worked on again gives the same models.
 */
export class LearningDay {
  private readonly drift: DriftWatch;
  private readonly statistics: ShopStatistics;
  private trial: { stored: StoredTrial; models: Trial } | null = null;
  private watch: { stored: StoredTrial; models: Trial } | null = null;

  constructor(
    private readonly ports: LearningPorts,
    private readonly options: LearningOptions,
    private readonly history: ChampionHistory,
    private readonly intake: () => LabelPartitions,
  ) {
    this.drift = new DriftWatch(options.settings.gateShare);
    this.statistics = new ShopStatistics(ports, options, history, intake);
  }

  /** Returns false if the signal stopped it. The day is then not done. */
  async work(dayS: number, signal: AbortSignal): Promise<boolean> {
    const { settings } = this.options;
    const origins = this.origins();
    if (this.drift.hasRisen(origins)) {
      this.ports.observer.notice('warn', 'drift alarm: the prequential loss has risen beyond chance');
    }
    this.dropTrialsOfJumps(dayS);
    await this.judgeWatch(dayS, origins);
    if (signal.aborted) return false;
    await this.judgeTrial(dayS, origins);
    if (signal.aborted) return false;
    const released = this.statistics.isDue(dayS) && (await this.statistics.release(dayS, origins));
    if (!released && isTurn(dayS, settings.calibrateEveryDays)) await this.calibrate(dayS, origins);
    if (signal.aborted) return false;
    if (isTurn(dayS, settings.trainEveryDays) && !(await this.train(dayS, origins, signal))) return false;
    this.history.remember({ dayS, announcing: [] });
    this.history.save();
    return true;
  }

  /** In a fixed order: the order in which they are read back from the store is another one. */
  private origins(): MaturedOrigin[] {
    const all: MaturedOrigin[] = [];
    for (const labels of this.intake().partitions) {
      const { partition, clockS } = labels;
      const jumps = labels.jumps();
      for (const origin of labels.origins())
        if (isKnown(origin, clockS, jumps)) all.push({ partition, origin, clockS });
    }
    return all.sort((a, b) => compareOrigins(a.origin, b.origin));
  }

  /** Labels that a jump of event time has closed decide no trial, for or against. */
  private dropTrialsOfJumps(dayS: number): void {
    const { progress } = this.history;
    for (const name of ['trial', 'watch'] as const) {
      const stored = progress[name];
      const jump = stored === null ? null : jumpDuring(stored, dayS, this.intake().partitions);
      if (jump === null) continue;
      this.history.remember({ [name]: null });
      const [from, until] = [jump.fromS, jump.untilS].map((atS) => new Date(atS * 1000).toISOString());
      const what = name === 'trial' ? 'gate trial' : 'watch for a roll-back';
      this.ports.observer.notice('warn', `the ${what} ends undecided: event time has jumped from ${from} to ${until}`);
    }
  }

  /** Rolls back if the weights before the last change answer later questions better. */
  private async judgeWatch(dayS: number, origins: readonly MaturedOrigin[]): Promise<void> {
    const { settings } = this.options;
    const { watch } = this.history.progress;
    if (watch === null) return;
    this.watch = this.opened(watch, this.watch, 'previous');
    const { models } = this.watch;
    const verdict = await models.judge(origins, settings, this.ports.clock);
    if (verdict.promote)
      await this.history.promote(await this.statistics.asOf(dayS, models.challenger, origins), verdict, 'rollbacks');
    else if (isOver(watch, dayS, settings)) this.history.remember({ watch: null });
  }

  private async judgeTrial(dayS: number, origins: readonly MaturedOrigin[]): Promise<void> {
    const { settings } = this.options;
    const { history } = this;
    const { trial } = history.progress;
    if (trial === null) return;
    this.trial = this.opened(trial, this.trial, 'challenger');
    const { models } = this.trial;
    const verdict = await models.judge(origins, settings, this.ports.clock);
    if (verdict.promote) {
      // While the model in force is pinned, the trial goes on.
      const next = await this.statistics.asOf(dayS, models.challenger, origins);
      if (await history.promote(next, verdict, 'promotions')) this.reportVerdict(verdict);
      return;
    }
    const waits = verdict.reason === 'undecided' || verdict.reason === 'too-few-origins';
    if (waits && !isOver(trial, dayS, settings)) return;
    this.reportVerdict(verdict);
    // What could not be told apart may be trained further. What is worse may not.
    history.remember({ trial: null, ...(waits ? {} : { traineeArtefact: null }) });
  }

  private opened(
    stored: StoredTrial,
    open: { stored: StoredTrial; models: Trial } | null,
    of: TrialTerms['of'],
  ): { stored: StoredTrial; models: Trial } {
    if (open?.stored === stored) return open;
    const [champion, challenger] = [stored.championArtefact, stored.challengerArtefact].map((artefact) =>
      this.history.contender(artefact),
    ) as [Contender, Contender];
    const { startedAtS, alpha } = stored;
    return { stored, models: new Trial(champion, challenger, { startedAtS, alpha, of }) };
  }

  private async calibrate(dayS: number, origins: readonly MaturedOrigin[]): Promise<void> {
    const { history } = this;
    const { clock, observer, sha256 } = this.ports;
    const { champion } = history;
    const calibration = await recalibrate(champion, origins, this.options.settings.gateShare, clock);
    if (history.champion !== champion) return;
    const artefact = () => recalibratedArtefact(champion, calibration, dayS * 1000, sha256);
    const next = calibration.release ? history.servable(artefact) : null;
    const released = next !== null && (await history.recalibrate(next, sentenceOfRecalibration(calibration)));
    observer.observe({ kind: 'calibrated', ...factsOf(calibration, released) });
  }

  /** Returns false if the signal stopped it. */
  private async train(dayS: number, origins: readonly MaturedOrigin[], signal: AbortSignal): Promise<boolean> {
    const { learner, observer, clock } = this.ports;
    const { settings, seed } = this.options;
    const { history } = this;
    const { champion, progress } = history;
    const pool = trainingPool(origins, settings.gateShare);
    if (pool.freshIntervals === 0 || pool.fresh.length + pool.rest.length < settings.minExamples) return true;
    const startS = clock.elapsedS();
    const scope = this.nextScope();
    const from = progress.traineeArtefact === null ? champion : history.contender(progress.traineeArtefact);
    const random = mulberry32(seed ^ Math.imul(dayS / SECONDS_PER_DAY, 0x9e3779b1));
    const openOrders = this.openOrders(from);
    const trained = await trainRound(learner, from.model, pool, { scope, settings, openOrders, random, clock, signal });
    if (signal.aborted) return false;
    for (const { origin, clockS, partition } of trained.chosen)
      this.intake().partitions[partition]!.markTrained(origin, closedIntervals(origin, clockS));
    const { loss } = trained;
    const examples = trained.chosen.length;
    observer.observe({ kind: 'trained', loss, examples, seconds: clock.elapsedS() - startS, scope });
    const card = this.statistics.card(dayS, {
      trainedOn: 'Label intervals that closed on the stream.',
      examples,
      loss: Number.isFinite(loss) ? loss : null,
    });
    const trainee = await this.statistics.trained(dayS, trained, card, origins);
    // The champion's weights may have changed in the meantime: training then starts again from them.
    if (history.champion !== champion) return true;
    history.remember({ rounds: progress.rounds + 1, traineeArtefact: trainee?.artefact ?? null });
    if (trainee === null || progress.trial !== null) return true;
    // Both with the same statistics, so that the trial compares what was learnt.
    this.startTrial(trainee, await this.statistics.asOf(dayS, champion, origins), dayS, origins);
    return true;
  }

  private openOrders(trainee: Contender): OpenOrders | null {
    const { objective } = this.options.settings;
    if (objective === 'closed') return null;
    return openOrdersBy(objective === 'td' ? trainee : this.history.champion, ({ partition, origin }) =>
      this.intake().partitions[partition]!.state(origin.customerId),
    );
  }

  private startTrial(trainee: Contender, champion: Contender, dayS: number, origins: readonly MaturedOrigin[]): void {
    const { history } = this;
    const exaggerates = exaggeration(champion, trainee, origins);
    if (exaggerates !== null) {
      this.ports.observer.notice('warn', `the trained model exaggerates, and is not tried: ${exaggerates}`);
      history.remember({ traineeArtefact: null });
      return;
    }
    const { lastTrialS } = history.progress;
    const trial: StoredTrial = {
      championArtefact: champion.artefact,
      challengerArtefact: trainee.artefact,
      startedAtS: dayS,
      alpha: earnedAlpha(lastTrialS === null ? null : (dayS - lastTrialS) / SECONDS_PER_DAY),
    };
    history.remember({ trial, lastTrialS: dayS });
  }

  private nextScope(): TrainingScope {
    const { encoderEvery } = this.options.settings;
    const isTurnOfEncoder = encoderEvery > 0 && (this.history.progress.rounds + 1) % encoderEvery === 0;
    return isTurnOfEncoder ? 'all' : 'heads';
  }

  private reportVerdict(verdict: GateVerdict): void {
    const { championLoss, challengerLoss, origins } = verdict;
    const reason = verdict.promote ? 'better' : verdict.reason;
    const { observer } = this.ports;
    observer.observe({ kind: 'gate', promoted: verdict.promote, reason, championLoss, challengerLoss, origins });
    if (!verdict.promote) observer.notice('info', `challenger refused: ${sentenceOf(verdict)}`);
  }
}

function isOver({ startedAtS }: StoredTrial, dayS: number, { maxTrialDays }: TrainerSettings): boolean {
  return dayS - startedAtS >= maxTrialDays * SECONDS_PER_DAY;
}
