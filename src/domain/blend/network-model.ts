import { type CustomerEvent, INPUT_ROLES, TOPIC_OF_KIND } from '../event';
import type { NetworkWeights } from '../network/weights';
import type { HeadOutputs, Model, ModelSettings } from '../scoring/model';
import { Scorer } from '../scoring/scorer';
import { emptyState, foldEvent, type SequenceState } from '../state/sequence-state';
import { NEVER_S } from '../state/summary';

/** There are no labels to train on or to judge by. */
export class TooLittleHistoryError extends Error {
  constructor() {
    super(
      'too little history: no forecast origin of the training or of the held-out customers has a closed label interval; fit on a longer history',
    );
  }
}

/** Trains the product's network on the events before `endS`. */
export type NetworkFitter = (
  train: readonly CustomerEvent[],
  endS: number,
  seed: number,
) => Promise<{ readonly weights: NetworkWeights; readonly settings: ModelSettings }>;

/**
 * Each customer's state just before an instant, folded as the scorer does it; by customer. Only customers with an event before the
 * instant.
 */
export function statesBefore(
  events: Iterable<CustomerEvent>,
  asOfS: number,
  window: number,
): Map<string, SequenceState> {
  const states = new Map<string, SequenceState>();
  const nextOffset = INPUT_ROLES.map(() => 0);
  for (const event of events) {
    if (event.timeS >= asOfS) continue;
    let state = states.get(event.customerId);
    if (state === undefined) {
      state = emptyState(0);
      states.set(event.customerId, state);
    }
    const topic = TOPIC_OF_KIND[event.kind];
    foldEvent(state, event, { topic, partition: 0, offset: nextOffset[topic]!++ }, window);
  }
  for (const [customerId, { summary }] of states) if (summary.lastSeenS === NEVER_S) states.delete(customerId);
  return states;
}

/**
 * Runs the product's own scorer on customers at one instant. `states` must come fresh from {@link statesBefore}, not yet encoded by any
 * model.
 */
export function readAll(
  weights: NetworkWeights,
  settings: ModelSettings,
  states: readonly SequenceState[],
  asOfS: number,
  minorPerMajor: number,
): HeadOutputs[] {
  const model: Model = { version: '', encoderVersion: 'under-evaluation', weights, settings };
  const scorer = new Scorer(model, minorPerMajor);
  return states.map((state) => scorer.read(state, asOfS));
}
