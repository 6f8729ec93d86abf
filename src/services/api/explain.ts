import type { Explainer } from '../../domain/explanation/explanation';
import type { ExplainCustomer } from '../../ports/customer-queries';
import type { StateReader } from '../../ports/state-store';
import { decodeState } from '../../serde/state-blob';

/** Explains the stored state as of a time, with the model in force. Stores nothing. `partitionOf` returns the state's partition. */
export function explainFromState(
  states: Pick<StateReader, 'read'>,
  explainer: () => Explainer,
  partitionOf: (customerId: string) => number,
): ExplainCustomer {
  return async (customerId, asOfS) => {
    const blob = await states.read(partitionOf(customerId), customerId);
    if (blob === null) return null;
    const state = decodeState(blob);
    return explainer().explain(state, Math.max(asOfS, state.summary.lastSeenS));
  };
}
