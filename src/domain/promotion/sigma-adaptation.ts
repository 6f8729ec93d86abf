import { normalQuantile } from '../distribution/spend-distribution';

/**
 * One customer of a segment who spent after a forecast origin, with the model's forecast of spend given an order. The forecast is without
 * the adapted factor.
 */
export interface SpendEvidence {
  /** Expected spend given an order, any unit of money. */
  readonly given: number;
  /** σ of ln spend before the adapted factor. */
  readonly logSpendSigma: number;
  /** The actual spend, in the same unit; above 0. */
  readonly spend: number;
}

/** Share of those who spent that the central interval of spend given an order should cover. */
export const NOMINAL_COVERAGE = 0.8;
const MOST_Z = normalQuantile(0.5 + NOMINAL_COVERAGE / 2);

/**
 * Range of the factor. The mean of spend is held, so a wide σ moves the median down, and far out the coverage is right again by accident.
 */
export const FACTOR_RANGE = { least: 0.4, most: 2.5 } as const;
/** Largest change of ln of the factor in one release. */
export const MAX_STEP = 0.25;
/** Weight of the factor in force, in labels. */
const PRIOR_LABELS = 20;
/** Minimum number of labels. With fewer, the factor stays. */
export const MIN_LABELS = 100;
/** Maximum number of newest labels of a segment that count. Over this many, the standard error of the coverage is 1.3 percentage points. */
export const MOST_LABELS = 1_000;
/** A coverage that is off by less than this is left alone, and so is one within a standard error. */
const TOLERANCE = 0.01;
/** Candidate factors: steps of 2 % over the range. */
const CANDIDATES = Array.from(
  { length: Math.ceil(Math.log(FACTOR_RANGE.most / FACTOR_RANGE.least) / Math.log(1.02)) + 1 },
  (_, i) => Math.min(FACTOR_RANGE.most, FACTOR_RANGE.least * 1.02 ** i),
);

/** Share of the evidence inside the central 80 % interval of spend given an order, with log-spend sigma multiplied by the factor. */
export function centralCoverage(evidence: readonly SpendEvidence[], factor: number): number {
  return coverageUnder(evidence)(factor);
}

/** The same for many factors. */
function coverageUnder(evidence: readonly SpendEvidence[]): (factor: number) => number {
  const logRatios = Float64Array.from(evidence, ({ spend, given }) => Math.log(spend / given));
  return (factor) => {
    let inside = 0;
    evidence.forEach(({ logSpendSigma }, i) => {
      const sigma = factor * logSpendSigma;
      if (Math.abs(logRatios[i]! + (sigma * sigma) / 2) <= MOST_Z * sigma) inside++;
    });
    return inside / evidence.length;
  };
}

/** Standard error of a coverage over this many labels, at its nominal value. */
const coverageError = (labels: number): number =>
  Math.sqrt((NOMINAL_COVERAGE * (1 - NOMINAL_COVERAGE)) / Math.max(1, labels));

/**
 * The next factor of one segment, by split conformal calibration on the newest matured labels of customers never trained on. The window
 * slides, because labels are not exchangeable over time (Barber, Candès, Ramdas, Tibshirani 2023). If labels are few or the error is
 * within chance, the factor in force stays. Otherwise it takes a step, see {@link towardsNominal}.
 */
export function nextFactor(evidence: readonly SpendEvidence[], factor: number): number {
  if (evidence.length < MIN_LABELS) return factor;
  const off = Math.abs(centralCoverage(evidence, factor) - NOMINAL_COVERAGE);
  return off <= Math.max(TOLERANCE, coverageError(evidence.length)) ? factor : towardsNominal(evidence, factor);
}

/**
 * A bounded step towards the factor whose central interval covers 80 % of the evidence. If the coverage is too high, only smaller factors
 * are candidates. A larger one could also lower it, but only because its median has moved away from the actual spend.
 */
export function towardsNominal(evidence: readonly SpendEvidence[], factor: number): number {
  const coverage = coverageUnder(evidence);
  const now = coverage(factor) - NOMINAL_COVERAGE;
  let best = factor;
  let [bestOff, bestAway] = [Math.abs(now), 0];
  for (const candidate of CANDIDATES) {
    if (now > 0 && candidate > factor) continue;
    const off = Math.abs(coverage(candidate) - NOMINAL_COVERAGE);
    const away = Math.abs(Math.log(candidate / factor));
    if (off < bestOff || (off === bestOff && away < bestAway)) [best, bestOff, bestAway] = [candidate, off, away];
  }
  const step = (Math.log(best / factor) * evidence.length) / (evidence.length + PRIOR_LABELS);
  const bounded = Math.max(-MAX_STEP, Math.min(MAX_STEP, step));
  return Math.max(FACTOR_RANGE.least, Math.min(FACTOR_RANGE.most, factor * Math.exp(bounded)));
}
