import { sameWeights } from '../network/same-weights';
import type { NetworkWeights } from '../network/weights';

/**
 * The newest earlier version whose weights differ from those in force, or null. A recalibration does not count, because its weights are
 * the same. `earlier`: newest first. `weightsOf`: null for a version that is not stored or can't be served; it is passed over.
 */
export function rollBackTarget(
  inForce: NetworkWeights | null,
  earlier: readonly string[],
  weightsOf: (version: string) => NetworkWeights | null,
): string | null {
  const differs = (version: string): boolean => {
    const weights = weightsOf(version);
    return weights !== null && (inForce === null || !sameWeights(weights, inForce));
  };
  return earlier.find(differs) ?? null;
}
