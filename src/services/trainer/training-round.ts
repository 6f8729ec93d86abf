import { grownVocabulary, isEmpty, NO_VOCABULARY } from '../../domain/attributes';
import { fitOrderValuePrior } from '../../domain/btyd/order-value-fit';
import type { OrderValuePrior } from '../../domain/btyd/order-value-prior';
import { closedIntervals, isGateCustomer, labelOf, type Origin } from '../../domain/labels/origins';
import { drawTrainingOrigins } from '../../domain/labels/reservoir';
import type { NetworkWeights } from '../../domain/network/weights';
import { type Example, exampleInputs } from '../../domain/scoring/example';
import type { ModelSettings } from '../../domain/scoring/model';
import type { SequenceState } from '../../domain/state/sequence-state';
import { type EventWindow, kindOf } from '../../domain/state/window';
import type { Learner, TrainingScope } from '../../ports/learner';
import { decodeState } from '../../serde/state-blob';
import type { TrainerSettings } from './settings';

/** Minimum number of customers with two or more kept orders. Below it, the prior of the order value stays as it is. */
const MIN_REPEATERS = 50;

/** An origin with the time up to which its partition's labels have matured. */
export interface MaturedOrigin {
  readonly partition: number;
  readonly origin: Origin;
  readonly clockS: number;
}

export interface TrainingPool {
  readonly fresh: readonly MaturedOrigin[];
  readonly rest: readonly MaturedOrigin[];
  /** Intervals that closed since their origins were last trained on. */
  readonly freshIntervals: number;
}

/** Origins for training: those of customers outside the gate, with at least one closed interval. */
export function trainingPool(origins: Iterable<MaturedOrigin>, gateShare: number): TrainingPool {
  const fresh: MaturedOrigin[] = [];
  const rest: MaturedOrigin[] = [];
  let freshIntervals = 0;
  for (const matured of origins) {
    const { origin, clockS } = matured;
    if (isGateCustomer(origin.customerId, gateShare)) continue;
    const closed = closedIntervals(origin, clockS);
    if (closed === 0) continue;
    freshIntervals += closed - origin.tally.trainedIntervals;
    (closed > origin.tally.trainedIntervals ? fresh : rest).push(matured);
  }
  return { fresh, rest, freshIntervals };
}

export interface TrainingRound {
  readonly weights: NetworkWeights;
  readonly settings: ModelSettings;
  readonly loss: number;
  readonly chosen: readonly MaturedOrigin[];
}

export interface RoundOptions {
  readonly scope: TrainingScope;
  readonly settings: TrainerSettings;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** One round: draws origins, refits vocabulary and order-value prior, and fine-tunes the weights in `from`. */
export async function trainRound(
  learner: Learner,
  from: { readonly weights: NetworkWeights; readonly settings: ModelSettings },
  pool: TrainingPool,
  { scope, settings, random, signal }: RoundOptions,
): Promise<TrainingRound> {
  const byOrigin = new Map([...pool.fresh, ...pool.rest].map((matured) => [matured.origin, matured]));
  const drawn = drawTrainingOrigins(
    pool.fresh.map(({ origin }) => origin),
    pool.rest.map(({ origin }) => origin),
    Math.min(settings.examplesPerRound, byOrigin.size),
    random,
  );
  const chosen = drawn.map((origin) => byOrigin.get(origin)!);
  const states = chosen.map(({ origin }) => decodeState(origin.snapshot));
  const refitted = {
    ...from.settings,
    ...withVocabulary(from.settings, latestOfEach(chosen, states)),
    orderValue: refitOrderValue(states, from.settings.orderValue),
  };
  const examples = chosen.map(({ origin, clockS }, i): Example => {
    return { ...exampleInputs(states[i]!, origin.atS, refitted), label: labelOf(origin, clockS) };
  });
  learner.load(from.weights);
  const { epochs, batchSize, learningRate, clipNorm, pull } = settings;
  const onBatch = () => !signal.aborted;
  const options = { scope, epochs, batchSize, learningRate, clipNorm, pull, random, onBatch };
  const { loss } = await learner.fit(examples, options);
  return { weights: learner.weights(), settings: refitted, loss, chosen };
}

/** The latest state of each customer: a customer with several origins must count once. */
function latestOfEach(chosen: readonly MaturedOrigin[], states: readonly SequenceState[]): SequenceState[] {
  const latest = new Map<string, { atS: number; state: SequenceState }>();
  chosen.forEach(({ origin: { customerId, atS } }, i) => {
    const known = latest.get(customerId);
    if (known === undefined || atS > known.atS) latest.set(customerId, { atS, state: states[i]! });
  });
  return [...latest.values()].map(({ state }) => state);
}

/** Gives a slot to each attribute value that is frequent enough in this round. The slot's weights start at 0. */
function withVocabulary(
  { attributes = NO_VOCABULARY }: ModelSettings,
  states: readonly SequenceState[],
): Pick<ModelSettings, 'attributes'> {
  const grown = grownVocabulary(
    attributes,
    states.map(({ profile }) => profile?.attributes ?? null),
  );
  return isEmpty(grown) ? {} : { attributes: grown };
}

/** Refits the prior on kept orders with a value above 0. With too few repeat buyers the prior stays as it is. */
function refitOrderValue(states: readonly { readonly window: EventWindow }[], prior: OrderValuePrior): OrderValuePrior {
  const customers = states.map(({ window }) =>
    window.events
      .filter((event) => kindOf(event) === 'order' && event.amountMinor > 0)
      .map(({ amountMinor }) => amountMinor),
  );
  const repeaters = customers.filter((values) => values.length >= 2).length;
  return repeaters < MIN_REPEATERS ? prior : fitOrderValuePrior(customers, prior.meanMinor);
}
