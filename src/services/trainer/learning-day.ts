import { SECONDS_PER_DAY } from '../../domain/event';
import { closedIntervals, compareOrigins } from '../../domain/labels/origins';
import { hashUnit } from '../../domain/math/hash';
import { mulberry32 } from '../../domain/math/random';
import { earnedAlpha, type GateVerdict } from '../../domain/promotion/promotion-gate';
import type { Clock } from '../../ports/clock';
import type { Learner, TrainingScope } from '../../ports/learner';
import type { Observer } from '../../ports/observer';
import type { StoredTrial } from '../../ports/trainer-store';
import { encodeArtefact, type ModelCard, type Sha256 } from '../../serde/model-artefact';
import type { ChampionHistory } from './champion';
import type { Contender } from './contender';
import { DriftWatch } from './drift-watch';
import { sentenceOf, Trial, type TrialTerms } from './gate-trial';
import type { LabelIntake } from './label-intake';
import { type OpenOrders, openOrdersBy } from './open-intervals';
import { exaggeration } from './probes';
import { factsOf, recalibrate, recalibratedArtefact, sentenceOfRecalibration } from './recalibration';
import type { TrainerSettings } from './settings';
import { isWorthRelease, refitShop, type ShopEvidence } from './shop-refit';
import { type MaturedOrigin, trainingPool, trainRound } from './training-round';

/** Customers from which the statistics of the shop are fitted, by hash. */
const MOST_REFIT_CUSTOMERS = 5_000;
const REFIT_SALT = 0x2ef17;

export interface LearningPorts {
  readonly learner: Learner;
  readonly sha256: Sha256;
  readonly observer: Observer;
  readonly clock: Clock;
}

export interface LearningOptions {
  readonly minorPerMajor: number;
  readonly settings: TrainerSettings;
  /** Determines choice and order of the examples, together with the day. */
  readonly seed: number;
}

/**
 * What the trainer does at the end of each day of event time: it judges the models on trial, refits the statistics of the shop, and trains.
 * All of it depends on the labels, the stored progress and the day alone, so a day that is worked on again gives the same models.
 */
export class LearningDay {
  private readonly drift: DriftWatch;
  private trial: { stored: StoredTrial; models: Trial } | null = null;
  private watch: { stored: StoredTrial; models: Trial } | null = null;

  constructor(
    private readonly ports: LearningPorts,
    private readonly options: LearningOptions,
    private readonly history: ChampionHistory,
    private readonly intake: () => LabelIntake,
  ) {
    this.drift = new DriftWatch(options.settings.gateShare);
  }

  /** Returns false if the signal stopped it. The day is then not done. */
  async work(dayS: number, signal: AbortSignal): Promise<boolean> {
    const { settings } = this.options;
    const origins = this.origins();
    if (this.drift.hasRisen(origins)) {
      this.ports.observer.notice('warn', 'drift alarm: the prequential loss has risen beyond chance');
    }
    await this.judgeWatch(dayS, origins);
    if (signal.aborted) return false;
    await this.judgeTrial(dayS, origins);
    if (signal.aborted) return false;
    const released = this.isRefitDue(dayS) && (await this.refit(dayS, origins));
    if (!released && isTurn(dayS, settings.calibrateEveryDays)) await this.calibrate(dayS, origins);
    if (signal.aborted) return false;
    if (isTurn(dayS, settings.trainEveryDays) && !(await this.train(dayS, origins, signal))) return false;
    this.history.remember({ dayS, announcing: [] });
    this.history.save();
    return true;
  }

  /** Every day until the model has a BTYD model of this shop: the first weights have none. */
  private isRefitDue(dayS: number): boolean {
    const { refitEveryDays } = this.options.settings;
    const isFirst = this.history.champion.model.settings.structure === undefined;
    return refitEveryDays > 0 && (isFirst || isTurn(dayS, refitEveryDays));
  }

  /** In a fixed order: the order in which they are read back from the store is another one. */
  private origins(): MaturedOrigin[] {
    const all: MaturedOrigin[] = [];
    for (const labels of this.intake().partitions) {
      const { partition, clockS } = labels;
      for (const origin of labels.origins()) all.push({ partition, origin, clockS });
    }
    return all.sort((a, b) => compareOrigins(a.origin, b.origin));
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
      await this.history.promote(await this.asOfToday(models.challenger, dayS, origins), verdict, 'rollbacks');
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
      const next = await this.asOfToday(models.challenger, dayS, origins);
      if (await history.promote(next, verdict, 'promotions')) this.reportVerdict(verdict);
      return;
    }
    const waits = verdict.reason === 'undecided' || verdict.reason === 'too-few-origins';
    if (waits && !isOver(trial, dayS, settings)) return;
    this.reportVerdict(verdict);
    // What could not be told apart may be trained further. What is worse may not.
    history.remember({ trial: null, ...(waits ? {} : { traineeArtefact: null }) });
  }

  /** A model from a trial has the statistics of its start. It goes into force with those of today. */
  private async asOfToday(model: Contender, dayS: number, origins: readonly MaturedOrigin[]): Promise<Contender> {
    if (this.options.settings.refitEveryDays === 0) return model;
    const evidence = this.evidence(dayS, origins);
    return (await this.refitted(model.model, evidence, this.statisticsCard(dayS, evidence))) ?? model;
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

  /** Returns true if the statistics of the shop were released. */
  private async refit(dayS: number, origins: readonly MaturedOrigin[]): Promise<boolean> {
    const { history } = this;
    const { champion } = history;
    const evidence = this.evidence(dayS, origins);
    const refitted = await this.refitted(champion.model, evidence, this.statisticsCard(dayS, evidence));
    if (refitted === null || history.champion !== champion) return false;
    const worth = await isWorthRelease(
      champion,
      refitted,
      evidence,
      this.options.settings.gate.leastGain,
      this.ports.clock,
    );
    if (!worth.release) return false;
    return history.recalibrate(
      refitted,
      `Statistics of the shop refitted: loss ${worth.before.toFixed(4)} → ${worth.after.toFixed(4)} on ${worth.origins} recent questions ` +
        `whose labels have matured. ${sentenceOfStatistics(refitted)}`,
    );
  }

  /** The model with the statistics of the shop as of the day. null if there is too little to fit anything, or if it can't be served. */
  private async refitted(
    model: Parameters<typeof refitShop>[0],
    evidence: ShopEvidence,
    card: ModelCard,
  ): Promise<Contender | null> {
    const refitted = await refitShop(model, evidence, this.ports.clock);
    return refitted === null ? null : this.servable(() => encodeArtefact({ ...refitted, card }, this.ports.sha256));
  }

  private statisticsCard(dayS: number, { origins }: ShopEvidence): ModelCard {
    const trainedOn =
      'Nothing: the weights are those of its parent, the statistics of the shop are fitted on the stream.';
    return this.card(dayS, { trainedOn, examples: origins.length, loss: null });
  }

  private card(dayS: number, changes: Pick<ModelCard, 'trainedOn' | 'examples' | 'loss'>): ModelCard {
    const parent = this.history.champion.model.version;
    const createdAtMs = dayS * 1000;
    return { createdBy: 'clv-stream train', seed: 0, createdAtMs, parent, trainedUntilS: dayS, ...changes };
  }

  /** null with a warning if the model can't be served. */
  private servable(encode: () => Uint8Array): Contender | null {
    try {
      return this.history.contender(encode());
    } catch (error) {
      const message = 'the fitted model is no valid model; the champion stays';
      this.ports.observer.notice('warn', message, { error: String(error) });
      return null;
    }
  }

  private evidence(dayS: number, origins: readonly MaturedOrigin[]): ShopEvidence {
    const ids = this.intake().partitions.flatMap((labels) =>
      [...labels.customers()].map((customerId) => ({ labels, customerId, place: hashUnit(customerId, REFIT_SALT) })),
    );
    const share = MOST_REFIT_CUSTOMERS / ids.length;
    const customers = ids
      .filter(({ place }) => place < share)
      .sort((a, b) => a.place - b.place || (a.customerId < b.customerId ? -1 : 1))
      .map(({ labels, customerId }) => labels.state(customerId));
    return {
      customers,
      origins: origins.filter(({ origin, clockS }) => closedIntervals(origin, clockS) > 0),
      clockS: dayS,
      minorPerMajor: this.options.minorPerMajor,
    };
  }

  private async calibrate(dayS: number, origins: readonly MaturedOrigin[]): Promise<void> {
    const { history } = this;
    const { clock, observer, sha256 } = this.ports;
    const { champion } = history;
    const calibration = await recalibrate(champion, origins, this.options.settings.gateShare, clock);
    if (history.champion !== champion) return;
    const artefact = () => recalibratedArtefact(champion, calibration, dayS * 1000, sha256);
    const next = calibration.release ? this.servable(artefact) : null;
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
    const trained = await trainRound(learner, from.model, pool, { scope, settings, openOrders, random, signal });
    if (signal.aborted) return false;
    for (const { origin, clockS, partition } of trained.chosen)
      this.intake().partitions[partition]!.markTrained(origin, closedIntervals(origin, clockS));
    const { loss } = trained;
    const examples = trained.chosen.length;
    observer.observe({ kind: 'trained', loss, examples, seconds: clock.elapsedS() - startS, scope });
    const card = this.card(dayS, {
      trainedOn: 'Label intervals that closed on the stream.',
      examples,
      loss: Number.isFinite(loss) ? loss : null,
    });
    const { weights } = trained;
    const evidence = this.evidence(dayS, origins);
    const refits = settings.refitEveryDays > 0;
    const trainee = refits
      ? await this.refitted({ weights, settings: trained.settings }, evidence, card)
      : this.servable(() => encodeArtefact({ weights, settings: trained.settings, card }, this.ports.sha256));
    // The champion's weights may have changed in the meantime: training then starts again from them.
    if (history.champion !== champion) return true;
    history.remember({ rounds: progress.rounds + 1, traineeArtefact: trainee?.artefact ?? null });
    if (trainee === null || progress.trial !== null) return true;
    // Both with the same statistics, so that the trial compares what was learnt.
    const equal = refits ? await this.refitted(champion.model, evidence, this.statisticsCard(dayS, evidence)) : null;
    this.startTrial(trainee, equal ?? champion, dayS, origins);
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

/** On a fixed grid of days, so that a restart changes no turn. */
function isTurn(dayS: number, everyDays: number): boolean {
  return everyDays > 0 && (dayS / SECONDS_PER_DAY) % Math.max(1, Math.round(everyDays)) === 0;
}

function isOver({ startedAtS }: StoredTrial, dayS: number, { maxTrialDays }: TrainerSettings): boolean {
  return dayS - startedAtS >= maxTrialDays * SECONDS_PER_DAY;
}

function sentenceOfStatistics({ model }: Contender): string {
  const { typicalOrderMinor, structure } = model.settings;
  const scale = `A typical order is ${typicalOrderMinor} minor units`;
  if (structure === undefined) return `${scale}.`;
  const shares = structure.networkShares.map((share) => share.toFixed(1)).join(', ');
  return `${scale}; factor on the total ${structure.level.toFixed(2)}; the network's share by order segment ${shares}.`;
}
