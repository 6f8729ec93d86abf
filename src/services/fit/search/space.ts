import { textHash } from '../../../domain/math/hash';
import { mulberry32, type Random } from '../../../domain/math/random';
import { HYPER_PARAMETER_NAMES, type HyperParameterName, type HyperParameters } from '../hyper-parameters';

/** Distribution of a searched hyper-parameter: uniform over some values, or log-uniform between two. */
export type Range = { readonly among: readonly number[] } | { readonly logFrom: number; readonly logTo: number };

/** The searched hyper-parameters. The others keep their values. */
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

/** Also searched if training starts from other weights. The sizes of the network are then fixed. */
const PULL: Range = { among: [0, 1e-4, 1e-3, 1e-2] };

/** Significant digits of a value drawn from an interval, so that every file has the same value. */
const DIGITS = 3;

export interface SpaceOptions {
  readonly seed: number;
  /** Values set by the user. They are not searched. */
  readonly fixed: HyperParameters;
  /** True if training starts from another model's weights. */
  readonly fromWeights: boolean;
}

/**
 * The values of search run `index` (random search; Bergstra and Bengio 2012). Search run 0 has the defaults, so a winner must beat
 * them. Each value depends only on seed, index and its name: a fixed value does not change the others.
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
