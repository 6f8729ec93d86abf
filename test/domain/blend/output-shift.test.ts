import { outputShift, type ShiftRow, shifted, withShift } from '../../../src/domain/blend/output-shift';
import { expectedOrders } from '../../../src/domain/distribution/order-curve';
import { drawGamma, drawLognormal, drawPoisson, mulberry32 } from '../../../src/domain/math/random';
import { ownOrderValueMinor } from '../../../src/domain/scoring/model';
import { Scorer } from '../../../src/domain/scoring/scorer';
import { demoShop } from '../../../src/domain/simulation/shop-population';
import { decodeState } from '../../../src/serde/state-blob';
import { HAND_SETTINGS, handWeights } from '../../support/hand-model';
import { labelsOf, shopLogs } from '../../support/shop-labels';

const seed = Number(process.env.CLV_TEST_SEED ?? 77);
const WINDOW_DAYS = 30;

/** Rows of a network whose rates and values are off by a factor. */
interface Row extends ShiftRow {
  readonly orders: number;
}

function rows(count: number, rateFactor: number, valueFactor: number): Row[] {
  const random = mulberry32(seed);
  return Array.from({ length: count }, () => {
    const rate = drawGamma(random, 1, 15);
    const curve = { ratePerDay: rate, scaleDays: 80, shape: 0.3 };
    const orders = drawPoisson(random, expectedOrders(curve, WINDOW_DAYS));
    const base = 40;
    let ordered = 0;
    for (let n = 0; n < orders; n++) ordered += drawLognormal(random, Math.log(base) - 0.125, 0.5);
    return {
      curve: { ...curve, ratePerDay: rate * rateFactor },
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
  const total = (of: (row: Row) => number) => all.reduce((sum, row) => sum + of(row), 0);
  const came = total(({ orders }) => orders);
  const shift = outputShift(all, came / total(({ curve }) => expectedOrders(curve, WINDOW_DAYS)));
  let [orders, spend] = [0, 0];
  for (const row of all) {
    const { curve, value } = shifted(row, shift);
    orders += expectedOrders(curve, WINDOW_DAYS);
    spend += row.valuedOrders * value;
  }
  expect(orders / came).toBeCloseTo(1, 3);
  expect(spend / total(({ ordered }) => ordered)).toBeCloseTo(1, 1);
});

test('without evidence nothing moves; with little, little', () => {
  const none = outputShift([], 1);
  expect(none.rate).toBeCloseTo(0, 6);
  expect(none.value).toBeCloseTo(0, 6);
  expect(outputShift([], 3).rate).toBe(0);
  expect(outputShift(rows(10, 1, 1), 1).rate).toBeCloseTo(0, 6);
  const few = outputShift(rows(10, 1, 1.4), 1);
  expect(Math.abs(few.value)).toBeLessThan(Math.abs(outputShift(rows(4_000, 1, 1.4), 1).value));
});

test('weights with the shift answer what the shifted rows say, and the encoder stays', () => {
  const settings = {
    window: 8,
    quorum: 1,
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
    const baseValue = ownOrderValueMinor(
      HAND_SETTINGS.orderValue,
      decodeState(snapshot),
      HAND_SETTINGS.typicalOrderMinor,
    );
    const row = shifted({ curve: was!.curve, baseValue, value: was!.orderValueMinor }, shift);
    expect(row.curve.ratePerDay / is!.curve.ratePerDay).toBeCloseTo(1, 4);
    expect(row.value / is!.orderValueMinor).toBeCloseTo(1, 4);
  }
});
