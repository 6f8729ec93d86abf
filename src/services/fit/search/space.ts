import { textHash } from '../../../domain/math/hash';
import { mulberry32, type Random } from '../../../domain/math/random';
import { HYPER_PARAMETER_NAMES, type HyperParameterName, type HyperParameters } from '../hyper-parameters';

/** Where a hyper-parameter is looked for: evenly among some values, or evenly in the logarithm between two. */
export type Range = { readonly among: readonly number[] } | { readonly logFrom: number; readonly logTo: number };

/** Those that are searched; the others stay as they are. */
export const SEARCH_SPACE: Readonly<Partial<Record<HyperParameterName, Range>>> = {
  learningRate: { logFrom: 1e-3, logTo: 1e-2 },
  batchSize: { among: [128, 256, 512, 1024] },
  epochs: { among: [8, 14, 24] },
  window: { among: [8, 16, 32] },
  uniformOrigins: { among: [2, 3, 5] },
  units: { among: [16, 32, 64] },
  headUnits: { among: [16, 32, 64] },
  dropout: { among: [0, 0.1, 0.2] },
  weightDecay: { among: [0, 0.01, 0.1] },
  crop: { among: [0, 0.3] },
};

/** Searched beside {@link SEARCH_SPACE} where training starts from other weights, whose sizes then are given. */
const PULL: Range = { among: [0, 1e-4, 1e-3, 1e-2] };

/** Digits of what is drawn from an interval: enough, and the same in every file it is written to. */
const DIGITS = 3;

export interface SpaceOptions {
  readonly seed: number;
  /** What was decided beforehand: not searched. */
  readonly fixed: HyperParameters;
  /** Training starts from another model's weights. */
  readonly fromWeights: boolean;
}

/**
 * What search run `index` tries (random search; Bergstra and Bengio 2012). Search run 0 is the defaults, so that what wins is what beat them. It
 * follows from seed and index alone, and each value from its name too: a value that is fixed leaves the others as they were.
 */
export function drawSearchRun(index: number, { seed, fixed, fromWeights }: SpaceOptions): HyperParameters {
  if (index === 0) return fixed;
  const { units, headUnits, ...weightless } = SEARCH_SPACE;
  const space = fromWeights ? { ...weightless, pull: PULL } : { ...weightless, units, headUnits };
  const drawn: Partial<Record<HyperParameterName, number>> = {};
  for (const name of HYPER_PARAMETER_NAMES) {
    const range = (space as Partial<Record<HyperParameterName, Range>>)[name];
    if (range) drawn[name] = drawFrom(range, mulberry32(Math.imul(seed * 8191 + index, 0x9e3779b1) ^ textHash(name)));
  }
  return { ...drawn, ...fixed };
}

function drawFrom(range: Range, random: Random): number {
  if ('among' in range) return range.among[Math.floor(random() * range.among.length)]!;
  const { logFrom, logTo } = range;
  return Number((logFrom * (logTo / logFrom) ** random()).toPrecision(DIGITS));
}
