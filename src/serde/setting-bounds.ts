import { MOST_AMOUNT_MINOR } from '../domain/bounded-sum';
import type { Currency } from '../domain/currency';
import { MAX_ERLANG_SHAPE } from '../domain/distribution/count-distribution';
import type { StoredSettings } from './stored-settings';

/** A number among a model's settings and its valid range. No model of this program has a value outside. */
interface Bound {
  readonly name: string;
  readonly value: unknown;
  readonly least: number;
  readonly most: number;
}

/**
 * The bounds refuse values that would make scores meaningless, not those that are merely unusual. All are far from the results of `fit`.
 */
const SMALLEST = 1e-9;
const LARGEST = 1e12;
const MOST_EVENTS_KEPT = 10_000;
const MINOR_UNITS = [1, 10, 100, 1_000, 10_000];
/** 1,000 % per year. */
const MOST_DISCOUNT = 10;
const MOST_FACTOR = 1e3;
/** Trained weights are below 100. Far larger ones overflow between the layers. */
const MOST_WEIGHT = 1e6;

/** The first setting that is not a number within its range, in words. null if all are valid. */
export function settingFault(settings: StoredSettings): string | null {
  for (const { name, value, least, most } of boundsOf(settings)) {
    if (typeof value === 'number' && value >= least && value <= most) continue;
    return `setting ${name} is ${JSON.stringify(value)}, expected ${least} to ${most}`;
  }
  if (settings.currency !== undefined && !isCurrency(settings.currency)) {
    return `setting currency is ${JSON.stringify(settings.currency)}, expected an ISO 4217 code and its minor units`;
  }
  if (!Number.isInteger(settings.window)) return `setting window is ${settings.window}, expected a whole number`;
  const [a, b, c] = settings.tierCuts;
  if (a <= b && b <= c) return null;
  return `setting tierCuts is ${JSON.stringify(settings.tierCuts)}, expected cuts that do not fall`;
}

function isCurrency(currency: unknown): boolean {
  if (typeof currency !== 'object' || currency === null) return false;
  const { code, minorPerMajor } = currency as Partial<Currency>;
  return /^[A-Z]{3}$/.test(String(code)) && MINOR_UNITS.includes(minorPerMajor as number);
}

/** The first tensor with a weight that is too large, in words. null if there is none. */
export function weightFault(tensors: Readonly<Record<string, unknown>>): string | null {
  for (const [name, weights] of Object.entries(tensors)) {
    if (!(weights instanceof Float32Array)) continue;
    const large = weights.find((weight) => Math.abs(weight) > MOST_WEIGHT);
    if (large !== undefined) return `tensor ${name} has a weight of ${large}, expected at most ${MOST_WEIGHT}`;
  }
  return null;
}

function boundsOf(settings: StoredSettings): Bound[] {
  const { orderValue, structure, spreadFactors } = settings;
  const bound = (name: string, value: unknown, least: number, most: number): Bound => ({ name, value, least, most });
  const each = (name: string, values: readonly unknown[] | undefined, least: number, most: number): Bound[] =>
    (values ?? []).map((value, i) => bound(`${name}[${i}]`, value, least, most));
  return [
    bound('window', settings.window, 1, MOST_EVENTS_KEPT),
    bound('typicalOrderMinor', settings.typicalOrderMinor, SMALLEST, MOST_AMOUNT_MINOR),
    bound('orderValue.meanMinor', orderValue.meanMinor, 0, MOST_AMOUNT_MINOR),
    bound('orderValue.weight', orderValue.weight, SMALLEST, LARGEST),
    bound('margin', settings.margin, 0, 1),
    bound('discountRate', settings.discountRate, 0, MOST_DISCOUNT),
    ...each('tierCuts', settings.tierCuts, 0, MOST_AMOUNT_MINOR),
    ...each('spreadFactors', spreadFactors, 1 / MOST_FACTOR, MOST_FACTOR),
    ...(structure === undefined ? [] : btydBounds(structure, bound, each)),
  ];
}

function btydBounds(
  { paretoNbd, level, segmentFactors, value, calibration }: NonNullable<StoredSettings['structure']>,
  bound: (name: string, value: unknown, least: number, most: number) => Bound,
  each: (name: string, values: readonly unknown[] | undefined, least: number, most: number) => Bound[],
): Bound[] {
  const { r, alpha, s, beta } = paretoNbd;
  const parameters = Object.entries({ r, alpha, s, beta });
  return [
    ...parameters.map(([name, parameter]) => bound(`structure.paretoNbd.${name}`, parameter, SMALLEST, LARGEST)),
    bound('structure.level', level, 1 / MOST_FACTOR, MOST_FACTOR),
    ...each('structure.segmentFactors', segmentFactors, 1 / MOST_FACTOR, MOST_FACTOR),
    ...(value === undefined
      ? []
      : [
          bound('structure.value.prior.meanMinor', value.prior.meanMinor, 0, MOST_AMOUNT_MINOR),
          bound('structure.value.prior.weight', value.prior.weight, SMALLEST, LARGEST),
        ]),
    ...each('structure.calibration.dispersion', calibration?.dispersion, 1 / MOST_FACTOR, MOST_FACTOR),
    ...each('structure.calibration.spread', calibration?.spread, 1 / MOST_FACTOR, MOST_FACTOR),
    ...each('structure.calibration.regularity', calibration?.regularity, 1, MAX_ERLANG_SHAPE),
  ];
}
