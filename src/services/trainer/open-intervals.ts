import { expectedOrders, type OrderCurve } from '../../domain/distribution/order-curve';
import { SECONDS_PER_DAY } from '../../domain/event';
import { INTERVAL_EDGES_DAYS, INTERVALS } from '../../domain/label-intervals';
import { closedIntervals } from '../../domain/labels/origins';
import type { SequenceState } from '../../domain/state/sequence-state';
import type { Contender } from './contender';
import type { MaturedOrigin } from './matured-origin';

/**
 * How open label intervals are learnt from.
 * - closed: not at all. An open interval has no loss.
 * - fixed-target: the orders seen so far and, for the rest, what the champion forecasts from the customer's state now.
 * - td: the same with the forecast of the network that is being trained, as of the start of the round: an n-step temporal-difference target
 *   (Sutton and Barto 2018, chapter 7).
 */
export const OBJECTIVES = ['closed', 'fixed-target', 'td'] as const;
export type Objective = (typeof OBJECTIVES)[number];

/** Orders to expect in each interval of an origin. null if none is open. */
export type OpenOrders = (matured: MaturedOrigin) => number[] | null;

/** For one round: the label clock must not move meanwhile. `stateOf`: the customer's state as of that clock. It is not changed. */
export function openOrdersBy(forecaster: Contender, stateOf: (matured: MaturedOrigin) => SequenceState): OpenOrders {
  // A customer has many open origins, and one state.
  const curves = new Map<string, OrderCurve>();
  return (matured) => {
    const { origin, clockS } = matured;
    const { atS, tally } = origin;
    const closed = closedIntervals(origin, clockS);
    // After its end nothing was counted, so what has been seen is not known.
    if (closed === INTERVALS || tally.endedAtS !== null) return null;
    const { customerId } = origin;
    const curve = curves.get(customerId) ?? forecaster.read(withoutEncoding(stateOf(matured)), clockS).curve;
    curves.set(customerId, curve);
    const nowDays = (clockS - atS) / SECONDS_PER_DAY;
    const until = (edgeDays: number) => expectedOrders(curve, Math.max(0, edgeDays - nowDays));
    return tally.orders.map((seen, k) => seen + until(INTERVAL_EDGES_DAYS[k + 1]!) - until(INTERVAL_EDGES_DAYS[k]!));
  };
}

/** The labels fold without a network, so a state of theirs that was encoded once would keep that encoding while its events go on. */
function withoutEncoding(state: SequenceState): SequenceState {
  return { ...state, encoderVersion: '', hidden: new Float32Array(0), cell: new Float32Array(0) };
}
