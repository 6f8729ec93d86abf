import { expectedOrders } from '../../../src/domain/distribution/order-curve';
import { SECONDS_PER_DAY } from '../../../src/domain/event';
import type { LabelSettings } from '../../../src/domain/labels/label-progress';
import { PartitionLabels } from '../../../src/domain/labels/labels';
import { isGateCustomer, labelOf, type Origin } from '../../../src/domain/labels/origins';
import { mulberry32 } from '../../../src/domain/math/random';
import { type JudgedScore, PREQUENTIAL_HORIZONS_DAYS } from '../../../src/domain/prequential/judged-score';
import { decodeState, encodeState } from '../../../src/serde/state-blob';
import { fakeScore, openLabels, randomLogs, readBatch, type TopicLogs } from '../../support/label-streams';
import { MemoryTrainerStore } from '../../support/memory-trainer-store';
import { testSeed } from '../../support/seeded';

const SETTINGS: LabelSettings = {
  window: 4,
  quorum: 1,
  latenessDays: 1,
  originEveryDays: 5,
  maxOpenOrigins: 1_000_000,
  reservoirSize: 0,
  recencyDays: 70,
  judgedScores: 1_000_000,
  gateShare: 0.25,
};
const seed = testSeed();

function readAll(labels: PartitionLabels, store: MemoryTrainerStore, logs: TopicLogs): void {
  logs.forEach((log, topic) => {
    readBatch(labels, store, logs, topic, log.length);
  });
}

const endS = (origin: Origin, horizon: number) => origin.atS + PREQUENTIAL_HORIZONS_DAYS[horizon]! * SECONDS_PER_DAY;

test(`each score is judged once per ended horizon, by what happened within it (CLV_TEST_SEED=${seed})`, () => {
  const logs = randomLogs(mulberry32(seed), 900, 12, 200, 0.8);
  const store = new MemoryTrainerStore();
  const labels = openLabels(store, SETTINGS);
  readAll(labels, store, logs);
  const judged = [...labels.judgedScores()];
  const origins = [...labels.origins()].sort((a, b) => a.atS - b.atS || (a.customerId < b.customerId ? -1 : 1));
  PREQUENTIAL_HORIZONS_DAYS.forEach((days, horizon) => {
    const ended = origins.filter((origin) => endS(origin, horizon) < labels.clockS);
    expect(judged.filter((score) => score.horizon === horizon)).toEqual(
      ended.map((origin, sequence): JudgedScore => {
        const { modelVersion, outputs } = fakeScore(origin.snapshot, origin.atS);
        const label = labelOf(origin, endS(origin, horizon) + 1);
        const orders = expectedOrders(outputs.curve, days);
        const { dispersion, logSpendSigma, orderValueMinor } = outputs;
        return {
          horizon,
          sequence,
          atS: origin.atS,
          modelVersion,
          segment: origin.segment,
          predicted: { orders, dispersion, logSpendSigma, spendMinor: orders * orderValueMinor },
          actual: { orders: Array.from(label.orders).reduce((a, b) => a + b, 0), spendMinor: label.spendMinor },
        };
      }),
    );
    expect(labels.count().judged[horizon]).toBe(ended.length);
  });
  expect(judged.some(({ horizon, actual }) => horizon === 2 && actual.orders > 0)).toBe(true);
  expect(origins.every(({ tally }) => tally.judged < PREQUENTIAL_HORIZONS_DAYS.length)).toBe(true);
});

test('each origin has been judged at every horizon after a year', () => {
  const logs = randomLogs(mulberry32(seed + 1), 2_000, 8, 500, 0.8);
  const store = new MemoryTrainerStore();
  const labels = openLabels(store, SETTINGS);
  readAll(labels, store, logs);
  const { completed, judged } = labels.count();
  expect(completed).toBeGreaterThan(100);
  expect(judged[3]).toBe(completed);
});

test('the score that was stored at the origin is judged, whatever version is in force since, also after a restart', () => {
  const logs = randomLogs(mulberry32(seed + 2), 1_200, 12, 300, 0.8);
  const store = new MemoryTrainerStore();
  const scoresByVersion = new Map<string, number>();
  const opened = (version: string) =>
    new PartitionLabels(0, store.progress(0), SETTINGS, {
      load: (customerId) => store.state(0, customerId),
      encode: encodeState,
      decode: decodeState,
      score: (snapshot, atS) => {
        scoresByVersion.set(version, (scoresByVersion.get(version) ?? 0) + 1);
        return { ...fakeScore(snapshot, atS), modelVersion: version };
      },
    });
  let labels = opened('v0');
  for (let life = 1; logs.some((log, topic) => labels.times.nextOffset(topic) < log.length); life++) {
    logs.forEach((_, topic) => {
      readBatch(labels, store, logs, topic, 100);
    });
    labels = opened(`v${life}`);
  }
  const { opened: questions, judged } = labels.count();
  expect([...scoresByVersion.values()].reduce((a, b) => a + b)).toBe(questions);
  expect(scoresByVersion.size).toBeGreaterThan(2);
  for (const [version, scores] of scoresByVersion) {
    const atSeven = [...labels.judgedScores()].filter((s) => s.modelVersion === version && s.horizon === 0);
    expect(atSeven.length).toBeLessThanOrEqual(scores);
  }
  expect(judged[0]).toBeGreaterThan(0);
  for (const origin of labels.origins()) expect(scoresByVersion.has(origin.score!.modelVersion)).toBe(true);
});

test('if no judged score is kept, only gate customers are scored', () => {
  const logs = randomLogs(mulberry32(seed + 4), 600, 40, 60, 0.8);
  const labels = openLabels(new MemoryTrainerStore(), { ...SETTINGS, judgedScores: 0 });
  readAll(labels, new MemoryTrainerStore(), logs);
  for (const { customerId, score } of labels.origins()) expect(score !== null).toBe(isGateCustomer(customerId, 0.25));
  expect([...labels.judgedScores()]).toEqual([]);
});

test('the newest are kept, all are counted, and the oldest waiting one is reported', () => {
  const logs = randomLogs(mulberry32(seed + 3), 900, 12, 200, 0.8);
  const all = openLabels(new MemoryTrainerStore(), SETTINGS);
  const few = openLabels(new MemoryTrainerStore(), { ...SETTINGS, judgedScores: 20 });
  readAll(all, new MemoryTrainerStore(), logs);
  const store = new MemoryTrainerStore();
  readAll(few, store, logs);
  PREQUENTIAL_HORIZONS_DAYS.forEach((days, horizon) => {
    const of = (labels: PartitionLabels) => [...labels.judgedScores()].filter((score) => score.horizon === horizon);
    expect(of(few)).toEqual(of(all).slice(-20));
    expect(few.count().judged).toEqual(all.count().judged);
    const waiting = [...all.origins()].filter(({ tally }) => tally.judged <= horizon).map(({ atS }) => atS);
    expect(all.waitingSinceS(horizon)).toBe(Math.min(...waiting));
    expect(all.waitingSinceS(horizon)! + days * SECONDS_PER_DAY).toBeGreaterThanOrEqual(all.clockS);
  });
  expect(store.progress(0)!.judgedScores).toHaveLength([...few.judgedScores()].length);
});
