/** Measures of the probabilities of "buys again". */
export interface ProbabilityMeasures {
  /** Mean squared error of the probability. */
  readonly brier: number;
  /** Expected calibration error over ten bins of equal width: |mean probability − share of buyers|, weighted by size. */
  readonly ece: number;
  /** At a threshold of one half. Precision and F1 are NaN if no customer is above it. */
  readonly accuracy: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** One bin of the calibration plot. */
export interface CalibrationBin {
  readonly customers: number;
  readonly predicted: number;
  readonly happened: number;
}

const BINS = 10;
const THRESHOLD = 0.5;

export function probabilityMeasures(
  probabilities: ArrayLike<number>,
  happened: ArrayLike<boolean>,
): ProbabilityMeasures {
  const n = probabilities.length;
  let squared = 0;
  let [both, predicted, bought] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const outcome = happened[i] ? 1 : 0;
    const positive = probabilities[i]! >= THRESHOLD ? 1 : 0;
    squared += (probabilities[i]! - outcome) ** 2;
    both += outcome * positive;
    predicted += positive;
    bought += outcome;
  }
  const ece = calibrationBins(probabilities, happened).reduce(
    (sum, bin) => sum + (bin.customers / n) * Math.abs(bin.predicted - bin.happened),
    0,
  );
  return {
    brier: squared / n,
    ece,
    accuracy: (n - predicted - bought + 2 * both) / n,
    precision: both / predicted,
    recall: both / bought,
    f1: (2 * both) / (predicted + bought),
  };
}

/** Ten bins of equal width, without the empty ones. */
export function calibrationBins(probabilities: ArrayLike<number>, happened: ArrayLike<boolean>): CalibrationBin[] {
  const bins = Array.from({ length: BINS }, () => ({ customers: 0, predicted: 0, happened: 0 }));
  for (let i = 0; i < probabilities.length; i++) {
    const bin = bins[Math.min(BINS - 1, Math.floor(probabilities[i]! * BINS))]!;
    bin.customers++;
    bin.predicted += probabilities[i]!;
    bin.happened += happened[i] ? 1 : 0;
  }
  return bins
    .filter(({ customers }) => customers > 0)
    .map((bin) => ({
      customers: bin.customers,
      predicted: bin.predicted / bin.customers,
      happened: bin.happened / bin.customers,
    }));
}
