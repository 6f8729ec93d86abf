import { TooLittleHistoryError } from '../../../domain/blend/network-model';
import type { CustomerEvent } from '../../../domain/event';
import { mean } from '../../../domain/metrics/errors';
import type { Learner } from '../../../ports/learner';
import { ofSomeCustomers } from '../customer-sample';
import { type HyperParameters, withHyperParameters } from '../hyper-parameters';
import { type PretrainOptions, pretrain } from '../pretrain';
import { type Split, splitExamples } from './splits';

/** Maximum validation customers of a split. They are the same in every rung, so that rungs can be compared. */
const MOST_JUDGES = 5_000;

export interface FoldScores {
  /** Mean loss of each split, nats per customer. Null if there was too little data to train on. */
  readonly folds: readonly (number | null)[];
  readonly score: number | null;
}

export interface CrossValidationData {
  readonly events: readonly CustomerEvent[];
  readonly splits: readonly Split[];
  /** Number of customers in each training. */
  readonly customers: number;
}

/**
 * Evaluates `values`: trains on `customers` customers before each cut, and judges by the events after it. A model judged at a cut
 * has seen no event at or after it.
 */
export async function crossValidate(
  { events, splits, customers }: CrossValidationData,
  values: HyperParameters,
  options: Omit<PretrainOptions, 'endS'>,
  learner: Learner,
): Promise<FoldScores> {
  const judges = ofSomeCustomers(events, MOST_JUDGES);
  const losses: (number | null)[] = [];
  for (const split of splits) {
    const before = events.filter(({ timeS }) => timeS < split.cutS);
    const train = ofSomeCustomers(before, customers);
    const fitted = await pretrain(train, learner, withHyperParameters({ ...options, endS: split.cutS }, values)).catch(
      (error: unknown) => {
        if (error instanceof TooLittleHistoryError) return null;
        throw error;
      },
    );
    // The learner holds the weights of the best epoch.
    losses.push(fitted && mean(await learner.losses(splitExamples(judges, split, fitted.settings))));
  }
  const known = losses.filter((loss) => loss !== null);
  return { folds: losses, score: known.length === losses.length ? mean(known) : null };
}
