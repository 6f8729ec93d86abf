import { sha256 } from '../../../src/adapters/system/digest';
import { expectedOrders } from '../../../src/domain/distribution/order-curve';
import { SECONDS_PER_DAY } from '../../../src/domain/event';
import { INTERVAL_EDGES_DAYS, INTERVALS } from '../../../src/domain/label-intervals';
import { emptyTally } from '../../../src/domain/labels/origins';
import { emptyState, foldEvent } from '../../../src/domain/state/sequence-state';
import { encodeState } from '../../../src/serde/state-blob';
import { Contender } from '../../../src/services/trainer/contender';
import type { MaturedOrigin } from '../../../src/services/trainer/matured-origin';
import { openOrdersBy } from '../../../src/services/trainer/open-intervals';
import { anEvent } from '../../support/events';
import { artefactOf, HAND_SETTINGS, handWeights } from '../../support/hand-model';

const ASKED_S = 1_700_000_000;
const forecaster = new Contender(artefactOf(handWeights(1), HAND_SETTINGS), sha256, 100);

function stateAfter(...ordersAtS: number[]) {
  const state = emptyState(forecaster.model.weights.shape.units);
  for (const [offset, timeS] of ordersAtS.entries())
    foldEvent(state, anEvent({ customerId: 'c', timeS }), { topic: 0, partition: 0, offset }, 16);
  return state;
}

function origin(daysAgo: number, orders: number[]): MaturedOrigin {
  const tally = emptyTally();
  tally.orders.splice(0, orders.length, ...orders);
  const snapshot = encodeState(stateAfter(ASKED_S - 1));
  const at = { customerId: 'c', atS: ASKED_S, snapshot, segment: 1, score: null, tally };
  return { partition: 0, origin: at, clockS: ASKED_S + daysAgo * SECONDS_PER_DAY };
}

test('an open interval has what was seen of it, and the forecast from the state now for the rest', () => {
  const now = stateAfter(ASKED_S - 1, ASKED_S + 8 * SECONDS_PER_DAY);
  const daysAgo = 10;
  const matured = origin(daysAgo, [0, 0, 0, 1]);
  const open = openOrdersBy(forecaster, () => now)(matured)!;
  const { curve } = forecaster.read(now, matured.clockS);
  const days = (k: number) => INTERVAL_EDGES_DAYS[k]! - daysAgo;
  const current = INTERVAL_EDGES_DAYS.findIndex((edge) => edge > daysAgo);
  expect(open).toHaveLength(INTERVALS);
  // The interval that is open now: one order was seen, and the rest is from now to its end.
  expect(open[current - 1]).toBeCloseTo(1 + expectedOrders(curve, days(current)), 10);
  for (let k = current; k < INTERVALS; k++) {
    expect(open[k]).toBeCloseTo(expectedOrders(curve, days(k + 1)) - expectedOrders(curve, days(k)), 10);
  }
  // All of them together: what was seen, and the forecast of the whole rest of the year.
  const sum = open.slice(current - 1).reduce((total, orders) => total + orders, 0);
  expect(sum).toBeCloseTo(1 + expectedOrders(curve, 365 - daysAgo), 8);
});

test("the customer's state is not changed: the labels go on folding it without a network", () => {
  const now = stateAfter(ASKED_S - 1, ASKED_S + 8 * SECONDS_PER_DAY);
  const before = encodeState(now);
  openOrdersBy(forecaster, () => now)(origin(10, [0, 0, 0, 1]));
  expect(encodeState(now)).toEqual(before);
});

test('an origin whose intervals are all closed, or that was ended, has none', () => {
  const fill = openOrdersBy(forecaster, () => stateAfter(ASKED_S - 1));
  expect(fill(origin(400, []))).toBeNull();
  const ended = origin(10, []);
  ended.origin.tally.endedAtS = ASKED_S + 5 * SECONDS_PER_DAY;
  expect(fill(ended)).toBeNull();
});
