import { averageRanks } from './rank-correlation';

/**
 * Normalised Gini: concentration of the actual total among those ranked high. 1 for the order of the actual values, 0 for a random order.
 * cov(actual, rank of predicted) ÷ cov(actual, rank of actual), with ties averaged: equal predictions share their outcomes.
 */
export function normalizedGini(predicted: ArrayLike<number>, actual: ArrayLike<number>): number {
  return rankCovariance(actual, averageRanks(predicted)) / rankCovariance(actual, averageRanks(actual));
}

function rankCovariance(values: ArrayLike<number>, ranks: ArrayLike<number>): number {
  const middle = (ranks.length + 1) / 2;
  let sum = 0;
  for (let i = 0; i < ranks.length; i++) sum += values[i]! * (ranks[i]! - middle);
  return sum;
}

/**
 * Area under the ROC curve: P(a buyer is ranked above a non-buyer), ties count one half (Mann and Whitney). NaN if there are only buyers
 * or none.
 */
export function areaUnderCurve(predicted: ArrayLike<number>, happened: ArrayLike<boolean>): number {
  const ranks = averageRanks(predicted);
  let positives = 0;
  let rankSum = 0;
  for (let i = 0; i < ranks.length; i++) {
    if (!happened[i]) continue;
    positives++;
    rankSum += ranks[i]!;
  }
  const negatives = ranks.length - positives;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
