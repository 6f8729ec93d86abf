import { sha256 } from '../../../src/adapters/system/digest';
import { INPUT_ROLES } from '../../../src/domain/event';
import { mulberry32 } from '../../../src/domain/math/random';
import type { NetworkWeights } from '../../../src/domain/network/weights';
import { demoShop } from '../../../src/domain/simulation/shop-population';
import type { Learner, TrainingScope } from '../../../src/ports/learner';
import { WriterFenced } from '../../../src/ports/log';
import type { FactOf } from '../../../src/ports/observer';
import { decodeArtefact } from '../../../src/serde/model-artefact';
import { DEMO_TRAINER_SETTINGS, type TrainerSettings } from '../../../src/services/trainer/settings';
import { Trainer } from '../../../src/services/trainer/trainer';
import { artefactOf, changed, HAND_SETTINGS, handWeights, levelShift } from '../../support/hand-model';
import type { TopicLogs } from '../../support/label-streams';
import { jsonDecoder, MemoryRegistry, MemoryReports, MemoryTopics } from '../../support/memory-topics';
import { MemoryTrainerStore } from '../../support/memory-trainer-store';
import { until } from '../../support/process';
import { quietObserver } from '../../support/quiet-observer';
import { realClock } from '../../support/real-clock';
import { shopLogs } from '../../support/shop-labels';

const TOPICS = INPUT_ROLES;
const SETTINGS: TrainerSettings = {
  ...DEMO_TRAINER_SETTINGS,
  trainEverySeconds: 0,
  calibrateEverySeconds: 0,
  reportEverySeconds: 1e9,
  judgedScores: 0,
  checkEverySeconds: 0.01,
  minExamples: 500,
  examplesPerRound: 100,
  maxGateOrigins: 400,
};
const LOGS = shopLogs(demoShop, 42, 600, 90);
/** Enough to judge at a week and a month. */
const SHORT_LOGS = shopLogs(demoShop, 42, 200, 50);
/** Reads and labels only. */
const NO_TRAINING: TrainerSettings = { ...SETTINGS, minExamples: 1e9 };
const GOOD = handWeights(0);
const LOW = levelShift(GOOD, -1);

/** The prior of the order value is refitted at every round, which alone may be worth a promotion. */
const STRICT = { ...SETTINGS.gate, minZ: 20 };

type Verdict = FactOf<'gate'>;

/** Makes of the weights whatever it is told to, whatever the examples say. */
class FakeLearner implements Learner {
  readonly backend = 'fake';
  readonly loaded: NetworkWeights[] = [];
  readonly scopes: TrainingScope[] = [];
  private current: NetworkWeights = GOOD;

  constructor(private readonly change: (weights: NetworkWeights, round: number) => NetworkWeights) {}

  load(weights: NetworkWeights): void {
    this.loaded.push(weights);
    this.current = weights;
  }
  async fit(_: unknown, options: { scope: TrainingScope }): Promise<{ loss: number }> {
    this.scopes.push(options.scope);
    this.current = this.change(this.current, this.scopes.length);
    return { loss: 1 };
  }
  async rawOutputs(): Promise<Float32Array> {
    return new Float32Array();
  }
  async losses(): Promise<Float32Array> {
    return new Float32Array();
  }
  weights(): NetworkWeights {
    return this.current;
  }
  liveTensors(): number {
    return 0;
  }
  dispose(): void {}
}

interface Stage {
  readonly topics: MemoryTopics;
  readonly registry: MemoryRegistry;
  readonly reports: MemoryReports;
  readonly store: MemoryTrainerStore;
  readonly verdicts: Verdict[];
  readonly notices: { level: string; message: string }[];
  /** Runs until the condition holds, then leaves in order. */
  runUntil(what: string, holds: () => boolean | Promise<boolean>, during?: TrainerSettings): Promise<void>;
}

function stage(
  learner: Learner,
  first: NetworkWeights,
  change: Partial<TrainerSettings> = {},
  store = new MemoryTrainerStore(),
): Stage {
  const topics = new MemoryTopics();
  const registry = new MemoryRegistry();
  const reports = new MemoryReports();
  const verdicts: Verdict[] = [];
  const notices: { level: string; message: string }[] = [];
  const observer = quietObserver(notices, { gate: (verdict) => void verdicts.push(verdict) });
  const random = mulberry32(5);
  const ports = {
    reader: topics,
    decoder: jsonDecoder,
    store,
    registry,
    reports,
    learner,
    sha256,
    observer,
    clock: realClock,
    random,
  };
  const settings = { ...SETTINGS, ...change };
  const options = { topics: TOPICS, partitions: 2, minorPerMajor: 100, firstArtefact: artefactOf(first), settings };
  const runUntil: Stage['runUntil'] = async (what, holds, during = settings) => {
    const stop = new AbortController();
    let ended: { fault: unknown } | null = null;
    const running = new Trainer(ports, { ...options, settings: during }).run(stop.signal).then(
      () => {
        ended = { fault: null };
      },
      (fault: unknown) => {
        ended = { fault };
      },
    );
    try {
      await until(what, async () => ended !== null || holds());
    } finally {
      stop.abort();
      await running;
    }
    const { fault } = ended as unknown as { fault: unknown };
    if (fault !== null) throw fault;
  };
  return { topics, registry, reports, store, verdicts, notices, runUntil };
}

/** By customer over two partitions, events in log order. */
function feed(topics: MemoryTopics, logs: TopicLogs): void {
  logs.forEach((log, i) => {
    for (const partition of [0, 1]) {
      topics.append(
        TOPICS[i]!,
        partition,
        log.filter(({ customerId }) => Number(customerId.at(-1)) % 2 === partition),
      );
    }
  });
}

const isRead = (store: MemoryTrainerStore, topics: MemoryTopics) => async (): Promise<boolean> => {
  for (const [i, topic] of TOPICS.entries()) {
    for (const p of [0, 1]) {
      if (store.offsets(p)[i]! < (await topics.bounds(topic, p)).end) return false;
    }
  }
  return true;
};

test('a better challenger is published with the reason and becomes champion; a worse one is refused and forgotten', async () => {
  const learner = new FakeLearner((weights, round) => levelShift(weights, round === 1 ? 1 : 2));
  const { topics, registry, store, verdicts, runUntil } = stage(learner, LOW);
  feed(topics, LOGS);
  await runUntil('all is read', isRead(store, topics), NO_TRAINING);
  await runUntil('three verdicts', () => verdicts.length >= 3);
  expect(registry.announced).toHaveLength(1);
  const { artefact, version, note } = registry.announced[0]!;
  expect(note).toMatch(/^Promoted: loss .* origins of \d+ customers never trained on/);
  const decoded = decodeArtefact(artefact, sha256);
  expect(decoded).toMatchObject({ ok: true, model: { version } });
  expect(verdicts[0]).toMatchObject({ promoted: true, reason: 'better' });
  expect(verdicts[1]).toMatchObject({ promoted: false, reason: 'worse' });
  // Round 3 starts from the champion again, not from the refused challenger.
  expect(learner.loaded[2]!.outputBias[0]).toBeCloseTo(GOOD.outputBias[0]!, 6);
  expect(store.training()).toMatchObject({ championVersion: version, promotions: 1 });
  expect(store.training()!.previousArtefact).toEqual(artefactOf(LOW));
});

test('while the model in force is pinned, rounds go on and nothing is published; after the pin a challenger is', async () => {
  const learner = new FakeLearner((weights) => levelShift(weights, 1));
  const { topics, registry, store, verdicts, notices, runUntil } = stage(learner, LOW);
  feed(topics, LOGS);
  await runUntil('all is read', isRead(store, topics), NO_TRAINING);
  const artefact = artefactOf(LOW);
  const pinned = { version: store.training()!.championVersion, artefact, announcedAtMs: 0, note: 'by hand' };
  const by = { by: 'ann@till', reason: 'sale' };
  await registry.publish(pinned, { action: 'pinned', ...by });
  await runUntil('two verdicts', () => verdicts.length >= 2);
  expect(verdicts[0]).toMatchObject({ promoted: true });
  expect(registry.announced).toHaveLength(1);
  expect(store.training()).toMatchObject({ promotions: 0, championVersion: pinned.version });
  expect(notices.filter(({ message }) => message.includes('is held back'))).toHaveLength(1);
  await registry.publish(pinned, { action: 'unpinned', ...by });
  await runUntil('a promotion', () => store.training()!.promotions === 1);
  expect(registry.announced.map(({ release }) => release!.action)).toEqual(['pinned', 'unpinned', 'promoted']);
});

test('a challenger inside noise is trained on; every k-th round trains the encoder too', async () => {
  const learner = new FakeLearner((weights) => levelShift(weights, 1e-5));
  const { topics, registry, store, verdicts, runUntil } = stage(learner, GOOD, { encoderEvery: 2, gate: STRICT });
  feed(topics, LOGS);
  await runUntil('all is read', isRead(store, topics), NO_TRAINING);
  await runUntil('three verdicts', () => verdicts.length >= 3);
  expect(registry.announced).toHaveLength(0);
  expect(verdicts[0]!.reason).toBe('inside-noise');
  expect(learner.loaded[2]!.outputBias[0]).toBeGreaterThan(GOOD.outputBias[0]!);
  expect(learner.scopes.slice(0, 3)).toEqual(['heads', 'all', 'heads']);
});

test('weights that are no numbers are never published, and training starts again from the champion', async () => {
  const learner = new FakeLearner((weights) => changed(weights, ['outputBias'], () => Number.NaN));
  const { topics, registry, store, notices, runUntil } = stage(learner, LOW);
  feed(topics, LOGS);
  await runUntil('all is read', isRead(store, topics), NO_TRAINING);
  await runUntil('two refusals', () => notices.filter(({ level }) => level === 'warn').length >= 2);
  expect(registry.announced).toHaveLength(0);
  expect(learner.loaded[1]!.outputBias[0]).toBeCloseTo(LOW.outputBias[0]!, 6);
});

test("someone else's release is adopted", async () => {
  const learner = new FakeLearner((weights) => weights);
  const { topics, registry, store, runUntil } = stage(learner, LOW, NO_TRAINING);
  feed(topics, LOGS);
  const artefact = artefactOf(GOOD);
  await runUntil('the release is champion', async () => {
    if (!(await isRead(store, topics)())) return false;
    const version = `m-${sha256(artefact.subarray(0, artefact.length - 32)).slice(0, 12)}`;
    if (registry.announced.length === 0)
      await registry.publish({ version, artefact, announcedAtMs: 0, note: 'by hand' });
    return store.training()?.championVersion === version;
  });
  expect(store.training()!.previousArtefact).toEqual(artefactOf(LOW));
});

test('stored scores are judged for the version that made them, and the figures are reported', async () => {
  const learner = new FakeLearner((weights) => weights);
  const quick = { ...NO_TRAINING, reportEverySeconds: 0.5, judgedScores: 8_000 };
  const { topics, registry, reports, store, runUntil } = stage(learner, LOW, quick);
  const half = SHORT_LOGS.map((log) => Math.floor(log.length / 2));
  feed(
    topics,
    SHORT_LOGS.map((log, i) => log.slice(0, half[i])),
  );
  await runUntil('the first half is read', isRead(store, topics), quick);
  const artefact = artefactOf(GOOD);
  const version = `m-${sha256(artefact.subarray(0, artefact.length - 32)).slice(0, 12)}`;
  const before = store.training()!.championVersion;
  await registry.publish({ version, artefact, announcedAtMs: 0, note: 'by hand' });
  feed(
    topics,
    SHORT_LOGS.map((log, i) => log.slice(half[i])),
  );
  const latest = () => reports.published.at(-1);
  const judged = () => [0, 1].reduce((sum, p) => sum + store.progress(p)!.counters.judged[0]!, 0);
  await runUntil(
    'all is read and reported',
    async () => (await isRead(store, topics)()) && latest()?.horizons[0]?.judged === judged(),
    quick,
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

test('a release that makes the loss rise is rolled back', async () => {
  const learner = new FakeLearner((weights) => weights);
  const { topics, registry, store, notices, runUntil } = stage(learner, GOOD, NO_TRAINING);
  const half = LOGS.map((log) => Math.floor(log.length / 2));
  feed(
    topics,
    LOGS.map((log, i) => log.slice(0, half[i])),
  );
  const artefact = artefactOf(levelShift(GOOD, 2));
  const version = `m-${sha256(artefact.subarray(0, artefact.length - 32)).slice(0, 12)}`;
  await runUntil('the first half is read', isRead(store, topics));
  await registry.publish({ version, artefact, announcedAtMs: 0, note: 'by hand' });
  feed(
    topics,
    LOGS.map((log, i) => log.slice(half[i])),
  );
  await runUntil('the release is rolled back', () => registry.announced.length >= 2);
  expect(registry.announced[1]!.note).toMatch(/^Rolled back on a drift alarm\. Promoted: loss/);
  expect(registry.announced[1]!.artefact).toEqual(artefactOf(GOOD));
  expect(notices.some(({ message }) => message.startsWith('drift alarm'))).toBe(true);
});

test('a restart resumes where the last process stopped: nothing is counted twice', async () => {
  const learner = new FakeLearner((weights) => weights);
  const { topics, store, runUntil } = stage(learner, GOOD, NO_TRAINING);
  feed(
    topics,
    LOGS.map((log) => log.slice(0, 300)),
  );
  await runUntil('the first part is read', isRead(store, topics));
  feed(
    topics,
    LOGS.map((log) => log.slice(300)),
  );
  await runUntil('the rest is read', isRead(store, topics));
  const once = stage(learner, GOOD, NO_TRAINING);
  feed(once.topics, LOGS);
  await once.runUntil('all is read', isRead(once.store, once.topics));
  const settled = async (of: MemoryTrainerStore) =>
    [of.progress(0)!.counters, of.progress(1)!.counters].map(({ events }) => events);
  expect((await settled(store)).every((events) => events > 0)).toBe(true);
  for (const p of [0, 1]) {
    expect(store.progress(p)!.topics.map(({ nextOffset }) => nextOffset)).toEqual(
      once.store.progress(p)!.topics.map(({ nextOffset }) => nextOffset),
    );
    expect(store.progress(p)!.counters.events + store.progress(p)!.pending.length).toBe(
      once.store.progress(p)!.counters.events + once.store.progress(p)!.pending.length,
    );
  }
});

test('a store that fails ends the run with its fault, and nothing goes on behind it', async () => {
  const store = new MemoryTrainerStore();
  const learner = new FakeLearner((weights) => weights);
  const { topics, runUntil } = stage(learner, GOOD, {}, store);
  feed(topics, LOGS);
  store.commit = () => {
    throw new Error('disk full');
  };
  await expect(runUntil('never', () => false)).rejects.toThrow('disk full');
});

test('a trainer that another one has fenced ends', async () => {
  const learner = new FakeLearner((weights, round) => (round === 1 ? levelShift(weights, 1) : weights));
  const { topics, registry, store, runUntil } = stage(learner, LOW);
  feed(topics, LOGS);
  await runUntil('all is read', isRead(store, topics), NO_TRAINING);
  registry.publish = async () => {
    throw new WriterFenced('clv-train');
  };
  await expect(runUntil('never', () => false)).rejects.toThrow('another process has opened the writer clv-train');
});

test('while the model registry is away, the trainer loses only a round and keeps the champion until the announcement succeeds', async () => {
  const learner = new FakeLearner((weights, round) => (round === 1 ? levelShift(weights, 1) : weights));
  const { topics, registry, store, notices, runUntil } = stage(learner, LOW);
  feed(topics, LOGS);
  await runUntil('all is read', isRead(store, topics), NO_TRAINING);
  const publish = registry.publish.bind(registry);
  let refusals = 0;
  registry.publish = async (announcement) => {
    if (refusals++ === 0) throw new Error('the log is away');
    return publish(announcement);
  };
  await runUntil('it is announced', () => registry.announced.length > 0);
  expect(notices.filter(({ message }) => message.includes('could not be published'))).toHaveLength(1);
  expect(store.training()).toMatchObject({ championVersion: registry.announced[0]!.version, promotions: 1 });
});

test('a wrong log-spend sigma is recalibrated in separate releases, to which no drift alarm rolls back', async () => {
  const learner = new FakeLearner((weights) => weights);
  const calibrating = { ...NO_TRAINING, calibrateEverySeconds: 0.5 };
  const { topics, registry, store, runUntil } = stage(learner, GOOD, calibrating);
  feed(topics, LOGS);
  await runUntil('all is read', isRead(store, topics), NO_TRAINING);
  const recalibrated = () => registry.announced.filter(({ note }) => note.startsWith('Recalibrated'));
  await runUntil('a recalibration', () => recalibrated().length > 0 && store.training()!.recalibrations > 0);
  expect(store.training()).toMatchObject({ recalibrations: recalibrated().length, previousArtefact: null });

  const { artefact, version, note } = recalibrated()[0]!;
  const [before, after] = [artefactOf(GOOD), artefact].map((bytes) => {
    const decoded = decodeArtefact(bytes, sha256);
    if (!decoded.ok) throw new Error(decoded.reason);
    return decoded.model;
  });
  expect(note).toMatch(
    /orders × [\d.]+ → [\d.]+ \(the central 80 % held [\d.]+ % → [\d.]+ % of \d+ customers who spent/,
  );
  expect(after).toMatchObject({ version, encoderVersion: before!.encoderVersion });
  expect(after!.weights).toEqual(before!.weights);
  const { logSpendSigmaFactors, ...settings } = after!.settings;
  expect(settings).toEqual(before!.settings);
  expect(logSpendSigmaFactors).toHaveLength(4);

  // A release by hand of the weights without factors is calibrated in its turn; back to would be what it followed.
  const followed = store.training()!.championArtefact;
  const count = recalibrated().length;
  const byHand = artefactOf(GOOD, { ...HAND_SETTINGS, tierCuts: [1, 2, 3] });
  const byHandVersion = `m-${sha256(byHand.subarray(0, byHand.length - 32)).slice(0, 12)}`;
  await runUntil('the release is calibrated', async () => {
    if (registry.announced.every((announced) => announced.version !== byHandVersion))
      await registry.publish({ version: byHandVersion, artefact: byHand, announcedAtMs: 0, note: 'by hand' });
    return recalibrated().length > count && store.training()!.recalibrations > count;
  });
  expect(store.training()!.previousArtefact).toEqual(followed);
});

test('the log determines which topic is idle; with the log away no topic is idle', async () => {
  const learner = new FakeLearner((weights) => weights);
  const { topics, store, runUntil } = stage(learner, GOOD, NO_TRAINING);
  // Orders only: the other topics have no record at all.
  feed(topics, [LOGS[0]!, [], []]);
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
