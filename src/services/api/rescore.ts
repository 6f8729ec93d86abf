import { TICK_TOPIC } from '../../domain/event';
import type { Money } from '../../domain/scoring/prediction';
import { updateOf } from '../../domain/scoring/prediction';
import type { Scorer } from '../../domain/scoring/scorer';
import type { RescoreCustomer } from '../../ports/customer-queries';
import type { StateReader } from '../../ports/state-store';
import { decodeState } from '../../serde/state-blob';

/**
 * The value as of an asked instant: reads the stored state, takes the clock step on a copy, stores nothing. `scorer` is null until a
 * model is known. `partitionOf` says where the customer's state lies.
 */
export function rescoreFromState(
  states: StateReader,
  scorer: () => Scorer | null,
  partitionOf: (customerId: string) => number,
  money: Money,
): RescoreCustomer {
  return async (customerId, asOfS) => {
    const current = scorer();
    if (current === null) return null;
    const partition = partitionOf(customerId);
    const blob = await states.read(partition, customerId);
    if (blob === null) return null;
    const state = decodeState(blob);
    const rescored = current.rescore(state, Math.max(asOfS, state.summary.lastSeenS));
    // It comes from no record: the source is the partition's clock, at no offset.
    const source = { topic: TICK_TOPIC, partition, offset: -1 };
    const update = updateOf(current, { customerId, state, rescored, source, trigger: 'clock' }, money);
    return { ...update, attributes: state.profile?.attributes ?? null };
  };
}
