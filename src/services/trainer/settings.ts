import type { LabelSettings } from '../../domain/labels/label-progress';
import { DEFAULT_GATE, type GateSettings } from '../../domain/promotion/promotion-gate';
import type { Objective } from './open-intervals';

/** Settings of the online trainer. Days are event time, seconds are wall-clock time. */
export interface TrainerSettings {
  /** Allowed lateness: an event may be this much older than its topic's newest event and still count as a label, days. */
  readonly latenessDays: number;
  /** Least number of customers of a topic and partition that move its event time. With 1, the newest record does. */
  readonly quorum: number;
  /** Days after which the local clock stands for a quorum that does not come. 0 for never. */
  readonly silenceDays: number;
  /** Event time that an operator has confirmed, seconds: a jump up to it needs no quorum. null for none. */
  readonly confirmedS: number | null;
  /** Days between two forecast origins of a customer. */
  readonly originEveryDays: number;
  /** Maximum open origins over all partitions. Each takes about 1 kB of memory and disk. */
  readonly maxOpenOrigins: number;
  /** Matured origins kept for training over all partitions, in addition to the open ones. */
  readonly reservoirSize: number;
  /** Days of event time over which an origin's chance to stay in the reservoir falls by a factor of e. */
  readonly recencyDays: number;
  /** Newest judged scores kept per prequential horizon over all partitions. Each takes about 200 bytes. 0 keeps none. */
  readonly judgedScores: number;
  /** Share of the customers that judge challengers and are never trained on. */
  readonly gateShare: number;
  /** Days of event time between two training rounds. 0 for never. */
  readonly trainEveryDays: number;
  /** Minimum number of trainable origins for a round. */
  readonly minExamples: number;
  /** Examples of one round. Half have newly closed intervals, half come from the others. */
  readonly examplesPerRound: number;
  readonly objective: Objective;
  readonly batchSize: number;
  readonly epochs: number;
  readonly learningRate: number;
  /** Global norm of the gradient above which it is scaled down. */
  readonly clipNorm: number;
  /** Strength of the L2-SP penalty for moving away from the starting weights. */
  readonly pull: number;
  /** Every k-th round also trains the encoder. Each stored state is then re-encoded at its next use. 0 for never. */
  readonly encoderEvery: number;
  /** Maximum questions in one gate trial. */
  readonly maxGateOrigins: number;
  readonly gate: GateSettings;
  /** Days of event time after which a trial without a decision ends. */
  readonly maxTrialDays: number;
  /** Days of event time between two checks of log-spend sigma's calibration. 0 for never. */
  readonly calibrateEveryDays: number;
  /** Minimum seconds between prequential reports. A report is sent only if scores were judged since the last one. */
  readonly reportEverySeconds: number;
  /** Days of event time between two refits of the shop's statistics. 0 for never. */
  readonly refitEveryDays: number;
  /** Seconds between checks for idle topics. */
  readonly checkEverySeconds: number;
}

/** The settings of each partition's labels. What is kept over all partitions is shared among them. */
export function labelSettings(settings: TrainerSettings, partitions: number): Omit<LabelSettings, 'window'> {
  const { latenessDays, quorum, originEveryDays, recencyDays, gateShare } = settings;
  return {
    latenessDays,
    quorum,
    originEveryDays,
    recencyDays,
    gateShare,
    maxOpenOrigins: Math.ceil(settings.maxOpenOrigins / partitions),
    reservoirSize: Math.ceil(settings.reservoirSize / partitions),
    judgedScores: Math.ceil(settings.judgedScores / partitions),
  };
}

export const DEFAULT_TRAINER_SETTINGS: TrainerSettings = {
  latenessDays: 1 / 24,
  quorum: 3,
  silenceDays: 7,
  confirmedS: null,
  originEveryDays: 7,
  maxOpenOrigins: 50_000,
  reservoirSize: 20_000,
  recencyDays: 70,
  judgedScores: 8_000,
  gateShare: 0.25,
  trainEveryDays: 7,
  minExamples: 200,
  examplesPerRound: 4_096,
  objective: 'fixed-target',
  batchSize: 128,
  epochs: 4,
  learningRate: 1e-3,
  clipNorm: 1,
  pull: 1e-3,
  encoderEvery: 24,
  maxGateOrigins: 8_000,
  gate: { ...DEFAULT_GATE, minOrigins: 500 },
  maxTrialDays: 56,
  calibrateEveryDays: 7,
  reportEverySeconds: 900,
  refitEveryDays: 7,
  checkEverySeconds: 5,
};

/**
 * For a demonstration in which days pass in seconds, with a thousand customers. A larger share of them judges, on intervals up to
 * a week. So a promoted model has been tested over days only, not over months.
 */
export const DEMO_TRAINER_SETTINGS: TrainerSettings = {
  ...DEFAULT_TRAINER_SETTINGS,
  latenessDays: 1,
  // Its event time is not that of any clock.
  silenceDays: 0,
  originEveryDays: 5,
  gateShare: 0.4,
  examplesPerRound: 1_536,
  epochs: 8,
  learningRate: 1e-3,
  encoderEvery: 0,
  gate: DEFAULT_GATE,
  reportEverySeconds: 3,
  checkEverySeconds: 0.25,
};
