import { normalQuantile } from '../distribution/spend-distribution';

/** One customer of a segment who spent after a question: what the model said of spend given an order, without the adapted factor. */
export interface SpendEvidence {
  /** Expected spend given an order, any unit of money. */
  readonly given: number;
  /** σ of ln spend before the adapted factor. */
  readonly spread: number;
  /** What was spent, in the same unit; above 0. */
  readonly spend: number;
}

/** Share of those who spent that the central interval of spend given an order should hold. */
export const NOMINAL_COVERAGE = 0.8;
const MOST_Z = normalQuantile(0.5 + NOMINAL_COVERAGE / 2);

/**
 * Range of the factor. The mean of spend is held, so a wide σ moves the median down, and far out the coverage comes back by accident.
 */
export const FACTOR_RANGE = { least: 0.4, most: 2.5 } as const;
/** How far ln of the factor may go in one release. */
export const MAX_STEP = 0.25;
/** Labels of evidence for staying where it is. */
const PRIOR_LABELS = 20;
/** Fewer labels than this change nothing. */
export const MIN_LABELS = 100;
/** Newest labels of a segment that count: a coverage over them is good to 1.3 percentage points. */
export const MOST_LABELS = 1_000;
/** Coverage this far off is left alone, and so is what lies within a standard error. */
const TOLERANCE = 0.01;
/** Factors looked at: steps of 2 % over the range. */
const CANDIDATES = Array.from(
  { length: Math.ceil(Math.log(FACTOR_RANGE.most / FACTOR_RANGE.least) / Math.log(1.02)) + 1 },
  (_, i) => Math.min(FACTOR_RANGE.most, FACTOR_RANGE.least * 1.02 ** i),
);

/** Share of the evidence inside the central 80 % of spend given an order, were the spread multiplied by the factor. */
export function centralCoverage(evidence: readonly SpendEvidence[], factor: number): number {
  return coverageUnder(evidence)(factor);
}

/** The same for many factors. */
function coverageUnder(evidence: readonly SpendEvidence[]): (factor: number) => number {
  const logRatios = Float64Array.from(evidence, ({ spend, given }) => Math.log(spend / given));
  return (factor) => {
    let inside = 0;
    evidence.forEach(({ spread }, i) => {
      const sigma = factor * spread;
      if (Math.abs(logRatios[i]! + (sigma * sigma) / 2) <= MOST_Z * sigma) inside++;
    });
    return inside / evidence.length;
  };
}

/** Standard error of a coverage over so many labels, at its nominal value. */
const coverageError = (labels: number): number =>
  Math.sqrt((NOMINAL_COVERAGE * (1 - NOMINAL_COVERAGE)) / Math.max(1, labels));

/**
 * The next factor of one segment: split conformal on the newest matured labels of customers never trained on, a window that slides, since
 * labels aren't exchangeable over time (Barber, Candès, Ramdas, Tibshirani 2023). The factor in force where labels are few or the coverage
 * is right but for chance; else a step from it, see {@link towardsNominal}.
 */
export function nextFactor(evidence: readonly SpendEvidence[], factor: number): number {
  if (evidence.length < MIN_LABELS) return factor;
  const off = Math.abs(centralCoverage(evidence, factor) - NOMINAL_COVERAGE);
  return off <= Math.max(TOLERANCE, coverageError(evidence.length)) ? factor : towardsNominal(evidence, factor);
}

/**
 * A bounded step to the factor whose central interval held 80 % of the evidence. Where too much is held the interval is narrowed, never
 * widened until its median has left those who spent.
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
