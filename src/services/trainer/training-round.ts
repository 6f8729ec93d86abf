import { grownVocabulary, isEmpty, NO_VOCABULARY } from '../../domain/attributes';
import type { BtydModel } from '../../domain/btyd/btyd-model';
import { fitOrderValuePrior } from '../../domain/btyd/order-value-fit';
import type { OrderValuePrior } from '../../domain/btyd/order-value-prior';
import { closedIntervals, isGateCustomer, labelOf } from '../../domain/labels/origins';
import { drawTrainingOrigins } from '../../domain/labels/reservoir';
import type { NetworkWeights } from '../../domain/network/weights';
import { type BlendTerms, blendTerms } from '../../domain/scoring/blend';
import { type Example, exampleInputs } from '../../domain/scoring/example';
import type { ModelSettings } from '../../domain/scoring/model';
import { mostOrderMinor } from '../../domain/state/capped-money';
import { segmentOf } from '../../domain/state/order-segments';
import type { SequenceState } from '../../domain/state/sequence-state';
import { netOrders } from '../../domain/state/summary';
import { type EventWindow, kindOf } from '../../domain/state/window';
import type { Clock } from '../../ports/clock';
import type { Learner, TrainingScope } from '../../ports/learner';
import { decodeState } from '../../serde/state-blob';
import type { MaturedOrigin } from './matured-origin';
import type { OpenOrders } from './open-intervals';
import { READ_AT_ONCE } from './pace';
import type { TrainerSettings } from './settings';

/** Minimum number of customers with two or more kept orders. Below it, the prior of the order value stays as it is. */
const MIN_REPEATERS = 50;

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
  /** null: open intervals are not learnt from. */
  readonly openOrders: OpenOrders | null;
  readonly random: () => number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * One round: draws origins, refits the vocabulary, and fine-tunes the weights in `from`. Their loss is that of what is served: through the
 * blend, if there is one. Without refits of the shop's statistics, the order-value prior is refitted here.
 */
export async function trainRound(
  learner: Learner,
  from: { readonly weights: NetworkWeights; readonly settings: ModelSettings },
  pool: TrainingPool,
  { scope, settings, openOrders, random, clock, signal }: RoundOptions,
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
    ...(settings.refitEveryDays > 0 ? {} : { orderValue: refitOrderValue(states, from.settings) }),
  };
  const examples: Example[] = [];
  for (const [i, { origin, clockS }] of chosen.entries()) {
    if (i > 0 && i % READ_AT_ONCE === 0) await clock.sleep(0);
    const state = states[i]!;
    const open = openOrders?.(chosen[i]!) ?? null;
    examples.push({
      ...exampleInputs(state, origin.atS, refitted),
      label: labelOf(origin, clockS, mostOrderMinor(refitted.typicalOrderMinor)),
      ...(refitted.structure && { blend: trainedTerms(refitted, refitted.structure, state, origin.atS) }),
      ...(open !== null && { openOrders: open }),
    });
  }
  learner.load(from.weights);
  const { epochs, batchSize, learningRate, clipNorm, pull } = settings;
  const onBatch = () => !signal.aborted;
  const options = { scope, epochs, batchSize, learningRate, clipNorm, pull, random, onBatch };
  const { loss } = await learner.fit(examples, options);
  return { weights: learner.weights(), settings: refitted, loss, chosen };
}

/** With a smaller share, the network would get no gradient, learn nothing, and never earn a larger one. */
const LEAST_TRAINED_SHARE = 0.5;

/**
 * The blend as it is served, with the adapted factors on log-spend sigma. But the network has at least LEAST_TRAINED_SHARE of it, and the
 * level is left out: it is that of today, and most origins are of another time.
 */
function trainedTerms(
  { logSpendSigmaFactors, typicalOrderMinor }: ModelSettings,
  structure: BtydModel,
  state: SequenceState,
  atS: number,
): BlendTerms {
  const terms = blendTerms(structure, state, atS, typicalOrderMinor);
  const { value } = terms;
  const least = (share: number) => Math.max(LEAST_TRAINED_SHARE, share);
  const factor = logSpendSigmaFactors?.[segmentOf(netOrders(state.summary))] ?? 1;
  return {
    ...terms,
    networkShare: least(terms.networkShare),
    ordersFactor: terms.ordersFactor / structure.level,
    value: value === null ? null : { ...value, networkShare: least(value.networkShare) },
    logSpendSigmaFactor: factor * terms.logSpendSigmaFactor,
  };
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
function refitOrderValue(
  states: readonly { readonly window: EventWindow }[],
  { orderValue: prior, typicalOrderMinor }: ModelSettings,
): OrderValuePrior {
  const most = mostOrderMinor(typicalOrderMinor);
  const customers = states.map(({ window }) =>
    window.events
      .filter((event) => kindOf(event) === 'order' && event.amountMinor > 0)
      .map(({ amountMinor }) => Math.min(amountMinor, most)),
  );
  const repeaters = customers.filter((values) => values.length >= 2).length;
  return repeaters < MIN_REPEATERS ? prior : fitOrderValuePrior(customers, prior.meanMinor);
}
