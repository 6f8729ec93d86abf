import { grownVocabulary, isEmpty, NO_VOCABULARY } from '../../domain/attributes';
import { TooLittleHistoryError } from '../../domain/blend/network-model';
import { fitOrderValuePrior } from '../../domain/btyd/order-value-fit';
import type { OrderValuePrior } from '../../domain/btyd/order-value-prior';
import { expectedOrders } from '../../domain/distribution/order-curve';
import type { CustomerEvent } from '../../domain/event';
import { ATTRIBUTES_AT } from '../../domain/features/features';
import { type HistoryOrigin, HistoryOrigins } from '../../domain/labels/history-origins';
import { hashUnit } from '../../domain/math/hash';
import { quantileOf } from '../../domain/math/quantile';
import { mulberry32 } from '../../domain/math/random';
import { type NetworkShape, OUTPUTS, readWidth } from '../../domain/network/shape';
import { initialWeights, type NetworkWeights } from '../../domain/network/weights';
import { type Example, exampleInputs } from '../../domain/scoring/example';
import { type HeadOutputs, type ModelSettings, readHeads } from '../../domain/scoring/model';
import { TIER_SHARES } from '../../domain/scoring/tier-shares';
import { mostOrderMinor } from '../../domain/state/capped-money';
import type { Learner } from '../../ports/learner';
import { type Augmentation, NO_AUGMENTATION } from './augmentation';
import { type BaselineFigures, baselineFigures } from './baseline-figures';
import { fitFor, fitWithEarlyStopping, type PassOptions, type PassProgress } from './early-stopping';
import { fitMembers } from './fit-members';
import { type Examples, variedExamples } from './history-examples';
import { type HoldoutMetrics, holdoutMetrics } from './holdout-metrics';
import { splitByCustomer, splitByTime } from './validation-split';

export interface PretrainOptions extends PassOptions {
  readonly shape: NetworkShape;
  readonly seed: number;
  /** The cut: events at or after it are not read, seconds. */
  readonly endS: number;
  /** 100 for EUR, 1 for JPY. */
  readonly minorPerMajor: number;
  /** N: the window keeps N to 2N − 1 events. */
  readonly window: number;
  /** Share of the customers that are held out for validation. */
  readonly validationShare: number;
  readonly uniformOrigins: number;
  /** Number of networks that are trained one after the other and merged into one: see fit-members.ts. */
  readonly members: number;
  /**
   * If above 0, early stopping uses this last share of the history, and trains on events and labels before it. Then the whole history
   * is trained on for as many passes. If 0, early stopping uses the held-out customers over the whole history.
   */
  readonly laterShare: number;
  /** Starting weights of the same shape, for instance another shop's. Default: random weights. */
  readonly start?: NetworkWeights;
  readonly augmentation: Augmentation;
  readonly onProgress?: (progress: PretrainProgress) => void;
}

export const DEFAULT_PRETRAIN: Omit<
  PretrainOptions,
  'shape' | 'seed' | 'endS' | 'minorPerMajor' | 'start' | 'onProgress'
> = {
  window: 16,
  validationShare: 0.2,
  uniformOrigins: 3,
  epochs: 14,
  patience: 5,
  batchSize: 1024,
  learningRate: 3e-3,
  clipNorm: 1,
  pull: 0,
  dropout: 0,
  weightDecay: 0,
  laterShare: 0,
  members: 1,
  augmentation: NO_AUGMENTATION,
};

export type PretrainProgress = { readonly phase: 'folding'; readonly events: number } | PassProgress;

export interface PretrainMetrics extends HoldoutMetrics, BaselineFigures {
  readonly events: number;
  readonly customers: number;
  readonly trainExamples: number;
  readonly validationExamples: number;
  readonly epochs: number;
  /** Mean losses of the model, nats per example, on the training customers and on the held-out ones. */
  readonly trainLoss: number;
  readonly validationLoss: number;
}

export interface Pretrained {
  readonly weights: NetworkWeights;
  readonly settings: ModelSettings;
  readonly metrics: PretrainMetrics;
}

const VALIDATION_SALT = 0x7a11;
const FALLBACK_ORDER_MINOR = 5_000;

/** The starting weights have another shape than the requested network. */
export class OtherShapeError extends Error {
  constructor(start: NetworkShape, requested: NetworkShape) {
    const [had, wanted] = [start, requested].map((shape) => JSON.stringify(shape));
    super(
      `the starting weights have the shape ${had}, and the requested network has ${wanted}: use weights of the same shape, or change the shape options`,
    );
  }
}

function sameShape(a: NetworkShape, b: NetworkShape): boolean {
  return (Object.keys({ ...a, ...b }) as (keyof NetworkShape)[]).every((size) => a[size] === b[size]);
}

/**
 * Trains first weights on a recorded or simulated history. It draws forecast origins, labels their intervals up to the cut, and fits
 * the shop's settings. Then it trains encoder and heads with early stopping. The result depends on events, options and backend only.
 */
export async function pretrain(
  events: Iterable<CustomerEvent> | AsyncIterable<CustomerEvent>,
  learner: Learner,
  options: PretrainOptions,
): Promise<Pretrained> {
  const { start } = options;
  if (start && !sameShape(start.shape, options.shape)) throw new OtherShapeError(start.shape, options.shape);
  const random = mulberry32(options.seed);
  const history = new HistoryOrigins({
    window: options.window,
    endS: options.endS,
    uniformPerCustomer: options.uniformOrigins,
    afterOrder: 0.3,
    afterOther: 0.05,
    mostAfterEvents: 4,
    random,
  });
  let count = 0;
  for await (const event of events) {
    history.add(event);
    if (event.kind !== 'profile' && ++count % 10_000 === 0) options.onProgress?.({ phase: 'folding', events: count });
  }
  const last = history.finish();
  const heldOut = (customerId: string) => hashUnit(customerId, VALIDATION_SALT) < options.validationShare;
  const structure = shopSettings(history, options, heldOut);
  const { origins } = history;
  const { train, validation } = splitByCustomer(origins, heldOut, structure, options.endS);
  if (train.examples.length === 0 || validation.examples.length === 0) {
    throw new TooLittleHistoryError();
  }

  const passes = { ...options, judgeStart: start !== undefined, random };
  const shown = (of: Examples) => () => variedExamples(of, structure, options.augmentation, random);
  const { laterShare, members } = options;
  const earlier = laterShare === 0 ? null : splitByTime(origins, heldOut, structure, options.endS, laterShare);
  if (earlier && (earlier.train.examples.length === 0 || earlier.validation.examples.length === 0)) {
    throw new TooLittleHistoryError();
  }
  const fitted = await fitMembers(learner, validation.examples, members, async () => {
    const from = start ? withoutAttributes(start) : initialWeights(options.shape, random);
    learner.load(from);
    if (earlier === null) return fitWithEarlyStopping(learner, shown(train), validation.examples, passes);
    const stopped = await fitWithEarlyStopping(learner, shown(earlier.train), earlier.validation.examples, passes);
    learner.load(from);
    return fitFor(learner, shown(train), validation.examples, stopped.epochs, passes);
  });
  const customers = last.filter(({ customerId }) => !heldOut(customerId));
  const tierCuts = await cutsOf(learner, customers, structure, options);
  const settings = { ...structure, tierCuts };
  const metrics = {
    events: count,
    customers: history.customerCount,
    trainExamples: train.examples.length,
    validationExamples: validation.examples.length,
    ...fitted,
    ...baselineFigures(train, validation, await learner.losses(validation.examples), options.seed),
    ...holdoutMetrics(validation.examples, await outputsOf(learner, validation.examples)),
  };
  return { weights: learner.weights(), settings, metrics };
}

/** Sets the attribute weights to 0: these slots had another shop's values. */
function withoutAttributes(weights: NetworkWeights): NetworkWeights {
  const { shape, headKernel } = weights;
  const from = (readWidth(shape) + ATTRIBUTES_AT) * shape.headUnits;
  return { ...weights, headKernel: headKernel.slice().fill(0, from) };
}

function shopSettings(
  history: HistoryOrigins,
  options: PretrainOptions,
  heldOut: (customerId: string) => boolean,
): ModelSettings {
  const values = history.orderValues((customerId) => !heldOut(customerId));
  const sorted = values.flat().sort((a, b) => a - b);
  const typicalOrderMinor = sorted.length === 0 ? FALLBACK_ORDER_MINOR : Math.round(quantileOf(sorted, 0.5));
  const orderValue: OrderValuePrior = fitOrderValuePrior(
    values.map((own) => own.map((minor) => Math.min(minor, mostOrderMinor(typicalOrderMinor)))),
    typicalOrderMinor,
  );
  const attributes = grownVocabulary(
    NO_VOCABULARY,
    history.attributes((customerId) => !heldOut(customerId)),
  );
  return {
    window: options.window,
    typicalOrderMinor,
    orderValue,
    margin: 1,
    discountRate: 0,
    tierCuts: [0, 0, 0],
    ...(isEmpty(attributes) ? {} : { attributes }),
  };
}

/** Bounds of the value tiers: quantiles of the predicted 365-day CLV at the end of the history, major units. */
async function cutsOf(
  learner: Learner,
  origins: readonly HistoryOrigin[],
  settings: ModelSettings,
  options: PretrainOptions,
): Promise<[number, number, number]> {
  const label = { closedIntervals: 0, orders: [], orderedMinor: 0, valuedOrders: 0, spendMinor: 0 };
  const examples = origins.map((origin) => ({ ...exampleInputs(origin, options.endS, settings), label }));
  const outputs = await outputsOf(learner, examples);
  const values = outputs.map(({ curve, orderValueMinor }) => expectedOrders(curve, 365) * orderValueMinor);
  const sorted = values.sort((a, b) => a - b);
  return TIER_SHARES.map((q) => (quantileOf(sorted, q) * settings.margin) / options.minorPerMajor) as [
    number,
    number,
    number,
  ];
}

async function outputsOf(learner: Learner, examples: readonly Example[]): Promise<HeadOutputs[]> {
  const raw = await learner.rawOutputs(examples);
  const curve = learner.weights().curve[0]!;
  return examples.map(({ baseOrderValueMinor }, i) =>
    readHeads(raw.subarray(i * OUTPUTS, (i + 1) * OUTPUTS), curve, baseOrderValueMinor),
  );
}
