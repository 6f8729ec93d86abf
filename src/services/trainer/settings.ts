import { DEFAULT_GATE, type GateSettings } from '../../domain/promotion/promotion-gate';

/** How the online trainer labels, learns and promotes. Days are of event time, seconds of the wall clock. */
export interface TrainerSettings {
  /** How much later than its topic's latest event an event may come and still be counted, days. */
  readonly latenessDays: number;
  /** Each customer is asked once per this many days. */
  readonly originEveryDays: number;
  /** Open origins over all partitions; about 1 kB of memory and disk each. */
  readonly maxOpenOrigins: number;
  /** Matured origins kept for training over all partitions, beside the open ones. */
  readonly reservoirSize: number;
  /** Event time over which an old origin's chance to stay in the reservoir falls e-fold, days. */
  readonly recencyDays: number;
  /** Newest judged scores kept for each prequential horizon over all partitions, for the figures; about 200 bytes each. 0: none. */
  readonly judgedScores: number;
  /** Share of the customers that judge challengers and are never trained on. */
  readonly gateShare: number;
  /** A round of training at the latest after this, where any interval has closed since the last one. */
  readonly trainEverySeconds: number;
  /** A round already when this many intervals have closed since the last one. */
  readonly minFreshIntervals: number;
  /** No round before this many origins can be trained on. */
  readonly minExamples: number;
  /** Examples of one round: half with freshly closed intervals, half from the rest. */
  readonly examplesPerRound: number;
  readonly batchSize: number;
  readonly epochs: number;
  readonly learningRate: number;
  /** Global norm of the gradient above which it is scaled down. */
  readonly clipNorm: number;
  /** Strength of the pull to the weights a round starts from (L2-SP). */
  readonly pull: number;
  /** Every k-th round trains the encoder too (every stored state is then re-encoded at its next touch); 0 for never. */
  readonly encoderEvery: number;
  /** Gate origins read in one gate trial, at most. */
  readonly maxGateOrigins: number;
  /** Intervals of a gate origin that must be closed before it judges: 3 end after a week, 5 after a month. */
  readonly gateIntervals: number;
  readonly gate: GateSettings;
  /** The spread's calibration is looked at this often, and whenever another model has become champion; 0 for never. */
  readonly calibrateEverySeconds: number;
  /** A prequential report at most this often, and only where something was judged since the last one. */
  readonly reportEverySeconds: number;
  /** How often it is looked whether a round is due and whether topics are idle. */
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
 * For a demonstration in which days pass in seconds and a thousand customers must do: more of them judge, and on intervals up to a week.
 * What is promoted so early has proved itself over days, not yet over months.
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
