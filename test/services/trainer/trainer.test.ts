import { sha256 } from '../../../src/adapters/system/digest';
import { SECONDS_PER_DAY } from '../../../src/domain/event';
import type { NetworkWeights } from '../../../src/domain/network/weights';
import { demoShop } from '../../../src/domain/simulation/shop-population';
import { WriterFenced } from '../../../src/ports/log';
import { decodeArtefact } from '../../../src/serde/model-artefact';
import { DEMO_TRAINER_SETTINGS, type TrainerSettings } from '../../../src/services/trainer/settings';
import { artefactOf, changed, HAND_SETTINGS, handWeights, levelShift } from '../../support/hand-model';
import type { TopicLogs } from '../../support/label-streams';
import { shopLogs } from '../../support/shop-labels';
import { FakeLearner, trainerWorld } from '../../support/trainer-world';

/** Reads and labels only. */
const IDLE: TrainerSettings = {
  ...DEMO_TRAINER_SETTINGS,
  trainEveryDays: 0,
  refitEveryDays: 0,
  calibrateEveryDays: 0,
  reportEverySeconds: 1e9,
  judgedScores: 0,
  checkEverySeconds: 0.01,
};
const TRAINING: TrainerSettings = {
  ...IDLE,
  trainEveryDays: 7,
  minExamples: 200,
  examplesPerRound: 100,
  maxGateOrigins: 2_000,
};
const LOGS = shopLogs(demoShop, 42, 600, 110);
/** Enough to judge at a week and a month. */
const SHORT_LOGS = shopLogs(demoShop, 42, 200, 50);
const GOOD = handWeights(0);
/** Knows of a customer only whether there were orders: all else has no weight. */
const BLIND = changed(GOOD, ['headKernel'], () => 0);

const versionOf = (artefact: Uint8Array) => `m-${sha256(artefact.subarray(0, artefact.length - 32)).slice(0, 12)}`;
const weightsOf = (artefact: Uint8Array): NetworkWeights => {
  const decoded = decodeArtefact(artefact, sha256);
  if (!decoded.ok) throw new Error(decoded.reason);
  return decoded.model.weights;
};
const halves = (logs: TopicLogs, share = 0.5) => {
  const cutS = logs[0]![0]!.timeS + share * (logs[0]!.at(-1)!.timeS - logs[0]![0]!.timeS);
  return [
    logs.map((log) => log.filter(({ timeS }) => timeS < cutS)),
    logs.map((log) => log.filter(({ timeS }) => timeS >= cutS)),
  ] as const;
};

test('a truer challenger is published once later questions have shown it, and training goes on from it', async () => {
  const learner = new FakeLearner(() => GOOD);
  const { feed, isDone, registry, store, verdicts, runUntil } = trainerWorld(learner, BLIND, TRAINING);
  feed(LOGS);
  await runUntil('all is read', isDone);
  expect(registry.announced).toHaveLength(1);
  const { artefact, version, note } = registry.announced[0]!;
  expect(note).toMatch(/^Promoted: loss .* e-value .* on \d+ later questions to \d+ customers/);
  expect(weightsOf(artefact).headKernel).toEqual(GOOD.headKernel);
  expect(verdicts[0]).toMatchObject({ promoted: true, reason: 'better' });
  const training = store.training()!;
  expect(training).toMatchObject({ championVersion: version, promotions: 1, previousArtefact: artefactOf(BLIND) });
  expect(training.watch).toMatchObject({ challengerArtefact: artefactOf(BLIND), championArtefact: artefact });
  expect(learner.loaded[0]!.headKernel).toEqual(BLIND.headKernel);
  expect(learner.loaded.at(-1)!.headKernel).toEqual(GOOD.headKernel);
});

test('while the model in force is pinned, days go on and nothing is published; after the pin the challenger is', async () => {
  const world = trainerWorld(new FakeLearner(() => GOOD), BLIND, TRAINING);
  const { feed, isDone, registry, store, notices, runUntil } = world;
  const [first, second] = halves(LOGS, 0.85);
  const artefact = artefactOf(BLIND);
  const pinned = { version: versionOf(artefact), artefact, announcedAtMs: 0, note: 'by hand' };
  const by = { by: 'ann@till', reason: 'sale' };
  await registry.publish(pinned, { action: 'pinned', ...by });
  feed(first);
  await runUntil('the first part is read', isDone);
  expect(registry.announced).toHaveLength(1);
  expect(store.training()).toMatchObject({ promotions: 0, championVersion: pinned.version });
  expect(store.training()!.rounds).toBeGreaterThan(5);
  expect(notices.filter(({ message }) => message.includes('is held back'))).toHaveLength(1);
  await registry.publish(pinned, { action: 'unpinned', ...by });
  feed(second);
  await runUntil('all is read', isDone);
  expect(store.training()).toMatchObject({ promotions: 1 });
  expect(registry.announced.map(({ release }) => release!.action)).toEqual(['pinned', 'unpinned', 'promoted']);
});

test('the value tiers are kept beside the training, until the trainer stops', async () => {
  const { feed, isDone, tierRuns, runUntil } = trainerWorld(new FakeLearner(() => GOOD), GOOD, IDLE);
  feed(SHORT_LOGS);
  await runUntil('all is read', async () => (await isDone()) && tierRuns.length === 1 && !tierRuns[0]!.aborted);
  expect(tierRuns.map(({ aborted }) => aborted)).toEqual([true]);
});

test('a worse challenger is refused, and training starts again from the champion', async () => {
  const learner = new FakeLearner(() => BLIND);
  const { feed, isDone, registry, store, verdicts, runUntil } = trainerWorld(learner, GOOD, TRAINING);
  feed(LOGS);
  await runUntil('all is read', isDone);
  expect(registry.announced).toHaveLength(0);
  expect(verdicts.length).toBeGreaterThan(0);
  expect(verdicts.every(({ reason }) => reason === 'worse')).toBe(true);
  expect(learner.loaded.filter(({ headKernel }) => headKernel.some((w) => w !== 0)).length).toBeGreaterThan(1);
  expect(store.training()!.rounds).toBe(learner.scopes.length);
});

test('what cannot be told apart is trained further, with the encoder every k-th round, and nothing is published', async () => {
  const learner = new FakeLearner((weights) => levelShift(weights, 1e-5));
  const settings = { ...TRAINING, encoderEvery: 2, maxTrialDays: 21 };
  const { feed, isDone, registry, verdicts, runUntil } = trainerWorld(learner, GOOD, settings);
  feed(LOGS);
  await runUntil('all is read', isDone);
  expect(registry.announced).toHaveLength(0);
  expect(verdicts[0]!.reason).toBe('undecided');
  expect(learner.loaded[2]!.outputBias[1]).toBe(GOOD.outputBias[1]);
  expect(learner.scopes.slice(0, 4)).toEqual(['heads', 'all', 'heads', 'all']);
});

test('weights that are no numbers are never published, and training starts again from the champion', async () => {
  const learner = new FakeLearner((weights) => changed(weights, ['outputBias'], () => Number.NaN));
  const { feed, isDone, registry, notices, runUntil } = trainerWorld(learner, BLIND, TRAINING);
  feed(LOGS);
  await runUntil('all is read', isDone);
  expect(registry.announced).toHaveLength(0);
  expect(
    notices.filter(({ level, message }) => level === 'warn' && message.includes('no valid model')).length,
  ).toBeGreaterThan(1);
  expect(learner.loaded[1]!.outputBias).toEqual(BLIND.outputBias);
});

test("someone else's release is adopted", async () => {
  const { feed, isDone, registry, store, runUntil } = trainerWorld(new FakeLearner((w) => w), BLIND, IDLE);
  feed(SHORT_LOGS);
  const artefact = artefactOf(GOOD);
  const version = versionOf(artefact);
  await runUntil('the release is champion', async () => {
    if (!(await isDone())) return false;
    if (registry.announced.length === 0)
      await registry.publish({ version, artefact, announcedAtMs: 0, note: 'by hand' });
    return store.training()?.championVersion === version;
  });
  expect(store.training()!.previousArtefact).toEqual(artefactOf(BLIND));
});

test('stored scores are judged for the version that made them, and the figures are reported', async () => {
  const quick = { ...IDLE, reportEverySeconds: 0.5, judgedScores: 8_000 };
  const { feed, isDone, registry, reports, store, runUntil } = trainerWorld(
    new FakeLearner((w) => w),
    levelShift(GOOD, -1),
    quick,
  );
  const [first, second] = halves(SHORT_LOGS);
  feed(first);
  await runUntil('the first half is read', isDone);
  const artefact = artefactOf(GOOD);
  const version = versionOf(artefact);
  const before = store.training()!.championVersion;
  await registry.publish({ version, artefact, announcedAtMs: 0, note: 'by hand' });
  feed(second);
  const latest = () => reports.published.at(-1);
  const judged = () => [0, 1].reduce((sum, p) => sum + store.progress(p)!.counters.judged[0]!, 0);
  await runUntil(
    'all is read and reported',
    async () => (await isDone()) && latest()?.horizons[0]?.judged === judged(),
  );
  const report = latest()!;
  expect(report).toMatchObject({ currentVersion: version, previousVersion: before });
  const [seven, thirty, ninety] = report.horizons;
  expect(seven!.models.map(({ model }) => model)).toEqual(['served', version, before]);
  const [served, current, previous] = seven!.models;
  expect(served!.scores).toBe(current!.scores + previous!.scores);
  expect(served!.scores).toBe(seven!.judged);
  // The version before said about e^−1 of what the current one says.
  expect(previous!.orders.ratio).toBeLessThan(0.7 * current!.orders.ratio);
  expect(thirty!.judged).toBeLessThan(seven!.judged);
  expect(ninety).toMatchObject({ judged: 0, models: [] });
  expect(ninety!.nextInDays).toBeGreaterThan(0);
  expect(ninety!.nextInDays).toBeLessThan(45);
});

test('questions older than the model are not scored: it may have seen their outcome', async () => {
  const settings = { ...IDLE, judgedScores: 8_000 };
  const { feed, isDone, registry, store, runUntil } = trainerWorld(new FakeLearner((w) => w), GOOD, settings);
  const [first, second] = halves(SHORT_LOGS);
  const untilS = Math.max(...first.flat().map(({ timeS }) => timeS));
  const artefact = artefactOf(GOOD, HAND_SETTINGS, untilS);
  await registry.publish({ version: versionOf(artefact), artefact, announcedAtMs: 0, note: 'fitted' });
  feed(first);
  feed(second);
  await runUntil('all is read', isDone);
  const origins = [0, 1].flatMap((p) => store.progress(p)!.origins);
  const [older, later] = [origins.filter(({ atS }) => atS < untilS), origins.filter(({ atS }) => atS >= untilS)];
  expect(older.length).toBeGreaterThan(100);
  expect(older.every(({ score }) => score === null)).toBe(true);
  expect(later.length).toBeGreaterThan(100);
  expect(later.every(({ score }) => score !== null)).toBe(true);
});

test.each([
  ['a level twice too high', artefactOf(levelShift(GOOD, Math.log(2)))],
  ['a blind network', artefactOf(BLIND)],
])('a release by hand with %s is rolled back within 30 days of event time', async (_, artefact) => {
  const { feed, isDone, registry, store, runUntil } = trainerWorld(new FakeLearner((w) => w), GOOD, IDLE);
  const [first, second] = halves(LOGS, 0.6);
  feed(first);
  await runUntil('the first part is read', isDone);
  const publishedS = store.training()!.dayS!;
  await registry.publish({ version: versionOf(artefact), artefact, announcedAtMs: 0, note: 'by hand' });
  feed(second);
  await runUntil('it is rolled back', () => registry.announced.length >= 2);
  expect(registry.announced[1]!.note).toMatch(/^Rolled back: the weights before answered better\. Promoted: loss/);
  expect(registry.announced[1]!.artefact).toEqual(artefactOf(GOOD));
  expect(store.training()!.dayS! - publishedS).toBeLessThanOrEqual(30 * SECONDS_PER_DAY);
});

test('a restart resumes where the last process stopped: nothing is counted twice', async () => {
  const learner = new FakeLearner((weights) => weights);
  const twice = trainerWorld(learner, GOOD, IDLE);
  const [first, second] = halves(LOGS, 0.3);
  twice.feed(first);
  await twice.runUntil('the first part is read', twice.isDone);
  twice.feed(second);
  await twice.runUntil('the rest is read', twice.isDone);
  const once = trainerWorld(learner, GOOD, IDLE);
  once.feed(LOGS);
  await once.runUntil('all is read', once.isDone);
  for (const p of [0, 1]) {
    const [a, b] = [twice.store.progress(p)!, once.store.progress(p)!];
    expect(a.counters.events).toBeGreaterThan(0);
    expect(a.topics.map(({ nextOffset }) => nextOffset)).toEqual(b.topics.map(({ nextOffset }) => nextOffset));
    expect(a.counters.events + a.pending.length).toBe(b.counters.events + b.pending.length);
  }
});

test('a store that fails ends the run with its fault, and nothing goes on behind it', async () => {
  const { feed, store, runUntil } = trainerWorld(new FakeLearner((w) => w), GOOD, TRAINING);
  feed(LOGS);
  store.commit = () => {
    throw new Error('disk full');
  };
  await expect(runUntil('never', () => false)).rejects.toThrow('disk full');
});

test('a trainer that another one has fenced ends', async () => {
  const { feed, registry, runUntil } = trainerWorld(new FakeLearner(() => GOOD), BLIND, TRAINING);
  feed(LOGS);
  registry.publish = async () => {
    throw new WriterFenced('clv-train');
  };
  await expect(runUntil('never', () => false)).rejects.toThrow('another process has opened the writer clv-train');
});

test('while the model registry is away the champion stays, and the next day tries again', async () => {
  const { feed, isDone, registry, store, notices, runUntil } = trainerWorld(
    new FakeLearner(() => GOOD),
    BLIND,
    TRAINING,
  );
  feed(LOGS);
  const publish = registry.publish.bind(registry);
  let refusals = 0;
  registry.publish = async (announcement) => {
    if (refusals++ === 0) throw new Error('the log is away');
    return publish(announcement);
  };
  await runUntil('all is read', isDone);
  expect(notices.filter(({ message }) => message.includes('could not be published'))).toHaveLength(1);
  expect(store.training()).toMatchObject({ championVersion: registry.announced[0]!.version, promotions: 1 });
});

test('a wrong log-spend sigma is recalibrated in separate releases, to which no roll-back goes', async () => {
  const calibrating = { ...IDLE, calibrateEveryDays: 7 };
  const { feed, isDone, registry, store, runUntil } = trainerWorld(new FakeLearner((w) => w), GOOD, calibrating);
  feed(LOGS);
  await runUntil('all is read', isDone);
  expect(registry.announced.length).toBeGreaterThan(0);
  expect(store.training()).toMatchObject({ recalibrations: registry.announced.length, previousArtefact: null });
  const { artefact, version, note } = registry.announced[0]!;
  const [before, after] = [artefactOf(GOOD), artefact].map((bytes) => {
    const decoded = decodeArtefact(bytes, sha256);
    if (!decoded.ok) throw new Error(decoded.reason);
    return decoded.model;
  });
  expect(note).toMatch(
    /^Recalibrated.*orders × [\d.]+ → [\d.]+ \(the central 80 % held [\d.]+ % → [\d.]+ % of \d+ customers who spent/,
  );
  expect(after).toMatchObject({ version, encoderVersion: before!.encoderVersion });
  expect(after!.weights).toEqual(before!.weights);
  const { logSpendSigmaFactors, ...settings } = after!.settings;
  expect(settings).toEqual(before!.settings);
  expect(logSpendSigmaFactors).toHaveLength(4);
});

test('the statistics of the shop are refitted within two weeks, and each refit must be worth a release', async () => {
  const refitting = { ...IDLE, refitEveryDays: 7 };
  const foreign = { ...HAND_SETTINGS, typicalOrderMinor: 300, orderValue: { meanMinor: 300, weight: 1 } };
  const world = trainerWorld(new FakeLearner((w) => w), GOOD, refitting);
  const artefact = artefactOf(levelShift(GOOD, 1), foreign);
  await world.registry.publish({ version: versionOf(artefact), artefact, announcedAtMs: 0, note: 'another shop' });
  world.feed(LOGS);
  await world.runUntil('all is read', world.isDone);
  const [, ...refits] = world.registry.announced;
  const firstS = LOGS[0]![0]!.timeS;
  const days = refits.map(({ artefact: bytes }) => {
    const decoded = decodeArtefact(bytes, sha256);
    return decoded.ok ? (decoded.card.createdAtMs! / 1000 - firstS) / SECONDS_PER_DAY : Number.NaN;
  });
  expect(days[0]).toBeLessThanOrEqual(14);
  expect(refits.length).toBeLessThan(15);
  expect(refits[0]!.note).toMatch(/^Statistics of the shop refitted: loss [\d.−-]+ → [\d.−-]+ on \d+ recent questions/);
  expect(world.store.training()).toMatchObject({ recalibrations: refits.length, promotions: 0 });
});

test('the log determines which topic is idle; with the log away no topic is idle', async () => {
  const { topics, feed, store, runUntil } = trainerWorld(new FakeLearner((w) => w), GOOD, IDLE);
  // Orders only: the other topics have no record at all.
  feed([LOGS[0]!, [], []]);
  const bounds = topics.bounds.bind(topics);
  topics.bounds = async () => {
    throw new Error('the log is away');
  };
  await runUntil(
    'all is read',
    async () => store.offsets(0)[0]! > 0 && store.offsets(0)[0] === (await bounds('orders', 0)).end,
  );
  expect(store.progress(0)!.clockS).toBe(-1);
  topics.bounds = bounds;
  await runUntil('time goes on', () => store.progress(0)!.clockS > 0);
});

test('a partition that falls silent holds the days back for two days of event time, and then its silence counts', async () => {
  const { topics, store, runUntil } = trainerWorld(new FakeLearner((w) => w), GOOD, IDLE);
  const [before, after] = halves(SHORT_LOGS);
  const of = (partition: number) =>
    before.map((log) => log.filter(({ customerId }) => Number(customerId.at(-1)) % 2 === partition));
  const later = after.map((log) => log.filter(({ customerId }) => Number(customerId.at(-1)) % 2 === 0));
  const names = ['orders', 'clicks', 'browses'];
  names.forEach((name, i) => {
    for (const p of [0, 1]) topics.append(name, p, of(p)[i]!);
    topics.append(name, 0, later[i]!);
  });
  const lastS = Math.max(...later.flat().map(({ timeS }) => timeS));
  await runUntil('the days go on', () => (store.training()?.dayS ?? 0) >= lastS - 5 * SECONDS_PER_DAY);
  expect(store.progress(1)!.clockS).toBeGreaterThanOrEqual(lastS - 5 * SECONDS_PER_DAY);
  expect(store.training()!.dayS).toBeLessThanOrEqual(lastS - 2 * SECONDS_PER_DAY);
});
