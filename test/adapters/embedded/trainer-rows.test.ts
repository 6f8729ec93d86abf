import {
  fromJudgedRow,
  fromOriginRow,
  fromTallyRow,
  type JudgedFields,
  toJudgedRow,
  toOriginRow,
  toTallyRow,
} from '../../../src/adapters/embedded/trainer-rows';
import { emptyTally } from '../../../src/domain/labels/origins';

const JUDGED: JudgedFields = {
  atS: 1,
  modelVersion: 'm-1',
  segment: 2,
  predicted: { orders: 1, dispersion: 0.5, erlangShape: 2, spendMinor: 3, logSpendSigma: 0.8 },
  actual: { orders: 0, spendMinor: 0 },
};

test('a judged score has the keys of the format, in their order, and comes back the same', () => {
  const row = toJudgedRow(JUDGED);
  expect(Object.keys(row)).toEqual(['atS', 'modelVersion', 'group', 'predicted', 'actual']);
  expect(Object.keys(row.predicted as object)).toEqual(['orders', 'dispersion', 'regularity', 'spendMinor', 'spread']);
  expect(fromJudgedRow(row)).toEqual(JUDGED);
});

test('so does an origin, with a score or without', () => {
  const outputs = {
    curve: { ratePerDay: 1, scaleDays: 2, shape: 3 },
    dispersion: 0.5,
    erlangShape: 2,
    orderValueMinor: 7,
    logSpendSigma: 0.8,
  };
  const scored = { segment: 3, score: { modelVersion: 'm-1', outputs } };
  const row = toOriginRow(scored);
  expect(Object.keys(row)).toEqual(['stratum', 'score']);
  const score = row.score as { reading: object };
  expect(Object.keys(score)).toEqual(['modelVersion', 'reading']);
  expect(Object.keys(score.reading)).toEqual(['curve', 'dispersion', 'regularity', 'orderValueMinor', 'spread']);
  expect(fromOriginRow(row)).toEqual(scored);
  expect(fromOriginRow(toOriginRow({ segment: 0, score: null }))).toEqual({ segment: 0, score: null });
});

test('and a tally', () => {
  const row = toTallyRow(emptyTally());
  expect(Object.keys(row)).toEqual([
    ...['orders', 'valuedOrders', 'orderedMinor', 'returnedMinor'],
    ...['trainedBlocks', 'judged', 'sampled', 'endedAtS'],
  ]);
  expect(fromTallyRow(row)).toEqual(emptyTally());
});
