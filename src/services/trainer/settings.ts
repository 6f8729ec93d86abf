import { DEFAULT_GATE, type GateSettings } from '../../domain/promotion/promotion-gate';

/** Settings of the online trainer. Days are event time, seconds are wall-clock time. */
export interface TrainerSettings {
  /** Allowed lateness: an event may be this much older than its topic's newest event and still count as a label, days. */
  readonly latenessDays: number;
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
  /** A training round starts after this time, if any interval has closed since the last one. */
  readonly trainEverySeconds: number;
  /** A round starts earlier if this many intervals have closed since the last one. */
  readonly minFreshIntervals: number;
  /** Minimum number of trainable origins for a round. */
  readonly minExamples: number;
  /** Examples of one round. Half have newly closed intervals, half come from the others. */
  readonly examplesPerRound: number;
  readonly batchSize: number;
  readonly epochs: number;
  readonly learningRate: number;
  /** Global norm of the gradient above which it is scaled down. */
  readonly clipNorm: number;
  /** Strength of the L2-SP penalty for moving away from the starting weights. */
  readonly pull: number;
  /** Every k-th round also trains the encoder. Each stored state is then re-encoded at its next use. 0 for never. */
  readonly encoderEvery: number;
  /** Maximum gate origins in one gate trial. */
  readonly maxGateOrigins: number;
  /** Closed intervals that a gate origin needs to take part: 3 end after a week, 5 after a month. */
  readonly gateIntervals: number;
  readonly gate: GateSettings;
  /** Seconds between checks of log-spend sigma's calibration. It is also checked when another model becomes champion. 0 for never. */
  readonly calibrateEverySeconds: number;
  /** Minimum seconds between prequential reports. A report is sent only if scores were judged since the last one. */
  readonly reportEverySeconds: number;
  /** Seconds between checks for a due round and for idle topics. */
  readonly checkEverySeconds: number;
}

export const DEFAULT_TRAINER_SETTINGS: TrainerSettings = {
  latenessDays: 1,
  originEveryDays: 14,
  maxOpenOrigins: 50_000,
  reservoirSize: 20_000,
  recencyDays: 70,
  judgedScores: 8_000,
  gateShare: 0.25,
  trainEverySeconds: 300,
  minFreshIntervals: 20_000,
  minExamples: 200,
  examplesPerRound: 4_096,
  batchSize: 128,
  epochs: 2,
  learningRate: 3e-4,
  clipNorm: 1,
  pull: 1e-3,
  encoderEvery: 24,
  maxGateOrigins: 3_000,
  gateIntervals: 5,
  gate: { ...DEFAULT_GATE, minOrigins: 500, minClosedIntervals: 2_500 },
  calibrateEverySeconds: 900,
  reportEverySeconds: 900,
  checkEverySeconds: 5,
};

/**
 * For a demonstration in which days pass in seconds, with a thousand customers. A larger share of them judges, on intervals up to
 * a week. So a promoted model has been tested over days only, not over months.
 */
export const DEMO_TRAINER_SETTINGS: TrainerSettings = {
  ...DEFAULT_TRAINER_SETTINGS,
  originEveryDays: 5,
  gateShare: 0.4,
  trainEverySeconds: 2,
  minFreshIntervals: 4_000,
  examplesPerRound: 1_536,
  epochs: 8,
  learningRate: 1e-3,
  encoderEvery: 0,
  maxGateOrigins: 1_500,
  gateIntervals: 3,
  gate: DEFAULT_GATE,
  calibrateEverySeconds: 10,
  reportEverySeconds: 3,
  checkEverySeconds: 0.25,
};
