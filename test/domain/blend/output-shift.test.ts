import { outputShift, type ShiftRow, shifted, withShift } from '../../../src/domain/blend/output-shift';
import { expectedOrders } from '../../../src/domain/distribution/order-curve';
import { INTERVAL_EDGES_DAYS } from '../../../src/domain/label-intervals';
import { drawGamma, drawLognormal, drawPoisson, mulberry32 } from '../../../src/domain/math/random';
import { ownOrderValueMinor } from '../../../src/domain/scoring/model';
import { Scorer } from '../../../src/domain/scoring/scorer';
import { demoShop } from '../../../src/domain/simulation/shop-population';
import { decodeState } from '../../../src/serde/state-blob';
import { HAND_SETTINGS, handWeights } from '../../support/hand-model';
import { labelsOf, shopLogs } from '../../support/shop-labels';

const seed = Number(process.env.CLV_TEST_SEED ?? 77);
const CLOSED = 4;

/** Rows of a network whose rates and values are off by a factor. */
function rows(count: number, rateFactor: number, valueFactor: number): ShiftRow[] {
  const random = mulberry32(seed);
  return Array.from({ length: count }, () => {
    const rate = drawGamma(random, 1, 15);
    const curve = { ratePerDay: rate, scaleDays: 80, shape: 0.3 };
    const orders = drawPoisson(random, expectedOrders(curve, INTERVAL_EDGES_DAYS[CLOSED]!));
    const base = 40;
    let ordered = 0;
    for (let n = 0; n < orders; n++) ordered += drawLognormal(random, Math.log(base) - 0.125, 0.5);
    return {
      curve: { ...curve, ratePerDay: rate * rateFactor },
      closedIntervals: CLOSED,
      orders,
      baseValue: base,
      value: base * valueFactor,
      valuedOrders: orders,
      ordered,
      weight: 1,
    };
  });
}

test.each([
  [2.5, 1.4],
  [0.3, 0.7],
  [1, 1],
])(`totals off by × %d and × %d come out right (CLV_TEST_SEED=${seed})`, (rateFactor, valueFactor) => {
  const all = rows(4_000, rateFactor, valueFactor);
  const shift = outputShift(all);
  let [orders, spend] = [0, 0];
  for (const row of all) {
    const { curve, value } = shifted(row, shift);
    orders += expectedOrders(curve, INTERVAL_EDGES_DAYS[CLOSED]!);
    spend += row.valuedOrders * value;
  }
  expect(orders / all.reduce((sum, row) => sum + row.orders, 0)).toBeCloseTo(1, 1);
  expect(spend / all.reduce((sum, row) => sum + row.ordered, 0)).toBeCloseTo(1, 1);
});

test('without evidence nothing moves; with little, little', () => {
  const none = outputShift([]);
  expect(none.rate).toBeCloseTo(0, 6);
  expect(none.value).toBeCloseTo(0, 6);
  const few = outputShift(rows(10, 4, 1));
  expect(Math.abs(few.rate)).toBeLessThan(Math.abs(outputShift(rows(4_000, 4, 1)).rate));
});

test('weights with the shift answer what the shifted rows say, and the encoder stays', () => {
  const settings = {
    window: 8,
    latenessDays: 1,
    originEveryDays: 14,
    maxOpenOrigins: 9_999,
    reservoirSize: 0,
    recencyDays: 70,
  };
  const labels = labelsOf(shopLogs(demoShop, 3, 60, 60), { ...settings, judgedScores: 0, gateShare: 0 });
  const weights = handWeights(0);
  const shift = { rate: 0.4, value: -0.3 };
  const model = (of: typeof weights) =>
    new Scorer({ version: '', encoderVersion: 'e', weights: of, settings: HAND_SETTINGS }, 100);
  const moved = withShift(weights, shift);
  expect(moved.inputKernel).toBe(weights.inputKernel);
  for (const { snapshot, atS } of labels.origins()) {
    const [was, is] = [weights, moved].map((of) => model(of).read(decodeState(snapshot), atS));
    const baseValue = ownOrderValueMinor(HAND_SETTINGS.orderValue, decodeState(snapshot).summary);
    const row = shifted({ curve: was!.curve, baseValue, value: was!.orderValueMinor }, shift);
    expect(row.curve.ratePerDay / is!.curve.ratePerDay).toBeCloseTo(1, 4);
    expect(row.value / is!.orderValueMinor).toBeCloseTo(1, 4);
  }
});
