import { negativeBinomialLoss } from '../distribution/count-distribution';
import { type CustomerForecast, type CustomerOutcome, spendOf } from '../metrics/forecast';

const DISPERSIONS = [0.01, 0.03, 0.1, 0.2, 0.4, 0.7, 1, 1.5, 2, 3, 4, 6, 8, 12, 20, 40];
const SIGMAS = Array.from({ length: 28 }, (_, i) => 0.15 * 1.1 ** i);

/** The dispersion with the least NB2 loss, for models that predict a mean only. */
export function fitDispersion(means: readonly number[], outcomes: readonly CustomerOutcome[]): number {
  return least(DISPERSIONS, (dispersion) =>
    outcomes.reduce(
      (sum, { orders }, i) => sum + negativeBinomialLoss(orders, Math.max(means[i]!, 1e-9), dispersion),
      0,
    ),
  );
}

/** The log-spend sigma with the least lognormal loss among those who spent, with the mean held. */
export function fitLogSpendSigma(forecasts: readonly CustomerForecast[], outcomes: readonly CustomerOutcome[]): number {
  return least(SIGMAS, (sigma) => {
    let loss = 0;
    outcomes.forEach(({ spend }, i) => {
      const { mu } = spendOf({ ...forecasts[i]!, logSpendSigma: sigma });
      if (spend > 0 && Number.isFinite(mu)) loss += Math.log(sigma) + ((Math.log(spend) - mu) / sigma) ** 2 / 2;
    });
    return loss;
  });
}

export function least<T>(candidates: readonly T[], loss: (candidate: T) => number): T {
  const losses = candidates.map(loss);
  return candidates[losses.indexOf(Math.min(...losses))]!;
}
