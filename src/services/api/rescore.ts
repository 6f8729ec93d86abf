import { TICK_TOPIC } from '../../domain/event';
import type { Money } from '../../domain/scoring/prediction';
import { updateOf } from '../../domain/scoring/prediction';
import type { Scorer } from '../../domain/scoring/scorer';
import { moveTier, type TierCuts } from '../../domain/scoring/tier-cuts';
import type { RescoreCustomer } from '../../ports/customer-queries';
import type { StateReader } from '../../ports/state-store';
import { decodeState } from '../../serde/state-blob';

/**
 * The value as of a time: reads the stored state and makes the virtual step on a copy. Stores nothing. `inForce` returns null until a model
 * is loaded. `partitionOf` returns the partition of the customer's state.
 */
export function rescoreFromState(
  states: StateReader,
  inForce: () => { readonly scorer: Scorer; readonly tierCuts: TierCuts } | null,
  partitionOf: (customerId: string) => number,
  money: Money,
): RescoreCustomer {
  return async (customerId, asOfS) => {
    const current = inForce();
    if (current === null) return null;
    const { scorer } = current;
    const partition = partitionOf(customerId);
    const blob = await states.read(partition, customerId);
    if (blob === null) return null;
    const state = decodeState(blob);
    const rescored = scorer.rescore(state, Math.max(asOfS, state.summary.lastSeenS));
    // There is no source record: the source is the tick topic at offset −1.
    const source = { topic: TICK_TOPIC, partition, offset: -1 };
    const published = state.published!;
    // A state without a tier is below the format level that keeps them, or was never scored above it.
    const tier = moveTier(published, published.tier === undefined ? null : current.tierCuts, scorer.model);
    const update = updateOf(scorer, { customerId, state, rescored, tier, source, trigger: 'clock' }, money);
    return { ...update, attributes: state.profile?.attributes ?? null };
  };
}
