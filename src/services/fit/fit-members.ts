import { mean } from '../../domain/metrics/errors';
import { mergeNetworks } from '../../domain/network/merge';
import type { NetworkWeights } from '../../domain/network/weights';
import type { Example } from '../../domain/scoring/example';
import type { Learner } from '../../ports/learner';

/** Of one training, or of the members': the last epochs that counted, mean losses in nats. */
interface Fitted {
  readonly epochs: number;
  readonly trainLoss: number;
  readonly validationLoss: number;
}

/**
 * Trains so many networks and leaves them, merged into one, in the learner. They differ by what they draw: first weights, order of the
 * examples, dropout. The validation loss is the merged network's, epochs and training loss the members' means.
 */
export async function fitMembers(
  learner: Learner,
  validation: readonly Example[],
  members: number,
  train: () => Promise<Fitted>,
): Promise<Fitted> {
  const fits: Fitted[] = [];
  const weights: NetworkWeights[] = [];
  for (let m = 0; m < members; m++) {
    fits.push(await train());
    weights.push(learner.weights());
  }
  if (fits.length === 1) return fits[0]!;
  learner.load(mergeNetworks(weights));
  return {
    epochs: Math.round(mean(fits.map(({ epochs }) => epochs))),
    trainLoss: mean(fits.map(({ trainLoss }) => trainLoss)),
    validationLoss: mean(await learner.losses(validation)),
  };
}
