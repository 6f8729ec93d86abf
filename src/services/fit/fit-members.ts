import { mean } from '../../domain/metrics/errors';
import { mergeNetworks } from '../../domain/network/merge';
import type { NetworkWeights } from '../../domain/network/weights';
import type { Example } from '../../domain/scoring/example';
import type { Learner } from '../../ports/learner';

/** Result of one training, or of all members together: epochs up to the result, and mean losses in nats. */
interface Fitted {
  readonly epochs: number;
  readonly trainLoss: number;
  readonly validationLoss: number;
}

/**
 * Trains the members of the ensemble and leaves them in the learner, merged into one network. They differ by their random draws:
 * first weights, order of the examples, dropout. The validation loss is that of the merged network. Epochs and training loss are
 * the members' means.
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
