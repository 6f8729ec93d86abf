import type { PretrainOptions } from './pretrain';

/** A setting of `fit` with one numeric value. */
export interface HyperParameter {
  readonly what: string;
  readonly whole: boolean;
  readonly least: number;
  readonly most: number;
}

export const HYPER_PARAMETERS = {
  learningRate: { what: "Adam's initial rate", whole: false, least: 1e-6, most: 1 },
  batchSize: { what: 'maximum examples of one gradient step', whole: true, least: 1, most: 65_536 },
  epochs: { what: 'maximum passes over the examples', whole: true, least: 1, most: 1_000 },
  window: { what: 'N: the window keeps N to 2N − 1 events', whole: true, least: 2, most: 64 },
  uniformOrigins: { what: 'random forecast origins of each customer', whole: true, least: 1, most: 50 },
  units: { what: 'units of the recurrent layer', whole: true, least: 1, most: 512 },
  headUnits: { what: "units of the heads' layer", whole: true, least: 1, most: 512 },
  pull: {
    what: 'strength of the penalty for moving away from the starting weights (L2-SP)',
    whole: false,
    least: 0,
    most: 100,
  },
  dropout: {
    what: "probability that a number of a layer's h is dropped in training",
    whole: false,
    least: 0,
    most: 0.9,
  },
  weightDecay: { what: 'L2 of the kernels, applied separately from Adam (AdamW)', whole: false, least: 0, most: 10 },
  laterShare: {
    what: 'last share of the history, which decides when to stop; 0: held-out customers decide',
    whole: false,
    least: 0,
    most: 0.9,
  },
  crop: { what: 'share of examples used without their oldest events', whole: false, least: 0, most: 1 },
  drop: { what: 'share of examples used without some clicks and browses', whole: false, least: 0, most: 1 },
} as const satisfies Readonly<Record<string, HyperParameter>>;

export type HyperParameterName = keyof typeof HYPER_PARAMETERS;
export const HYPER_PARAMETER_NAMES = Object.keys(HYPER_PARAMETERS) as HyperParameterName[];
export type HyperParameters = Readonly<Partial<Record<HyperParameterName, number>>>;

type Tuned = Pick<
  PretrainOptions,
  | 'shape'
  | 'learningRate'
  | 'batchSize'
  | 'epochs'
  | 'window'
  | 'uniformOrigins'
  | 'pull'
  | 'dropout'
  | 'weightDecay'
  | 'laterShare'
  | 'augmentation'
>;

/** The options with some values replaced. */
export function withHyperParameters<Options extends Tuned>(options: Options, values: HyperParameters): Options {
  const { units = options.shape.units, headUnits = options.shape.headUnits, crop, drop, ...plain } = values;
  const { augmentation } = options;
  return {
    ...options,
    ...plain,
    shape: { ...options.shape, units, headUnits },
    augmentation: { crop: crop ?? augmentation.crop, drop: drop ?? augmentation.drop },
  };
}

/** The reason why a value is invalid for this hyper-parameter; null if it is valid. */
export function hyperParameterFault(name: HyperParameterName, value: number): string | null {
  const { whole, least, most } = HYPER_PARAMETERS[name];
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return null;
  return `${name} must be ${whole ? 'a whole number' : 'a number'} from ${least} to ${most}, not ${value}`;
}
