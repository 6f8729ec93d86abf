import { sha256 } from '../../../../src/adapters/system/digest';
import { INPUT_ROLES, SECONDS_PER_DAY } from '../../../../src/domain/event';
import { demoShop } from '../../../../src/domain/simulation/shop-population';
import type { LogRecord } from '../../../../src/ports/log';
import type { ModelAnnouncement } from '../../../../src/ports/model-registry';
import type { TrainingProgress } from '../../../../src/ports/trainer-store';
import { decodeClosing, SliceReader } from '../../../../src/serde/label-records';
import { DEMO_TRAINER_SETTINGS, type TrainerSettings } from '../../../../src/services/trainer/settings';
import type { Learning } from '../../../../src/services/trainer/shared/learning-log';
import { Trainer } from '../../../../src/services/trainer/trainer';
import { artefactOf, handWeights } from '../../../support/hand-model';
import { hashLearner } from '../../../support/hash-learner';
import { contentOf, type TopicLogs } from '../../../support/label-streams';
import { MemoryLog } from '../../../support/memory-log';
import { jsonDecoder, MemoryRegistry, MemoryReports } from '../../../support/memory-topics';
import { MemoryTrainerStore } from '../../../support/memory-trainer-store';
import { pauseMs, until } from '../../../support/process';
import { quietObserver } from '../../../support/quiet-observer';
import { realClock } from '../../../support/real-clock';
import { type Seeded, seeded, testSeed } from '../../../support/seeded';
import {
  EXAMPLES,
  LEARNING,
  lastDayOf,
  partitionOf,
  type SharedWorld,
  sharedWorld,
} from '../../../support/shared-world';
import { shopLogs } from '../../../support/shop-labels';

const seed = testSeed();
const PARTITIONS = 4;
/** Kills, rebalances and the like in one run. */
const ACTS = 12;
const FIRST = handWeights(-0.7);
const SETTINGS: TrainerSettings = {
  ...DEMO_TRAINER_SETTINGS,
  ...{ encoderEvery: 3, minExamples: 30, examplesPerRound: 64, epochs: 1, trainEveryDays: 3, calibrateEveryDays: 5 },
  ...{ refitEveryDays: 7, judgedScores: 80, maxOpenOrigins: 400, reservoirSize: 160, maxTrialDays: 9 },
  // Any difference that is not bad is promoted, so that models follow one another.
  gate: { ...DEMO_TRAINER_SETTINGS.gate, minOrigins: 20, leastGain: -1 },
  ...{ reportEverySeconds: 1e9, checkEverySeconds: 0.02 },
};

interface Outcome {
  readonly progress: TrainingProgress;
  readonly versions: readonly string[];
  /** By partition, as of the last day. */
  readonly labels: readonly unknown[];
}

/**
 * In the order of the first announcement. A day that is worked on again announces its releases again: one, or several in the same order. A
 * version holds its day, so no other day has it.
 */
function distinct(announced: readonly ModelAnnouncement[]): string[] {
  return [...new Set(announced.map(({ version }) => version))];
}

/** For JSON.stringify: fields in the order of their names. */
function byName(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The labels of a partition, the large parts as digests. How far the topics were read ahead is no part of the labels. */
function labelsIn(store: MemoryTrainerStore, partition: number): unknown {
  const { clockS, counters, customers, origins, judgedScores, states } = contentOf(store, partition);
  const digest = (value: unknown) => sha256(new TextEncoder().encode(JSON.stringify(value, byName)));
  const asked = origins.map(({ atS, customerId }) => `${atS} ${customerId}`);
  const digests = { origins: digest(origins), judgedScores: digest(judgedScores), states: digest(states) };
  return { partition, clockS, counters, customers, asked, ...digests };
}

/** One trainer that owns everything, as it was before the work could be shared. */
async function alone(logs: TopicLogs, lastDayS: number): Promise<Outcome> {
  const log = new MemoryLog();
  logs.forEach((events, i) => {
    for (let p = 0; p < PARTITIONS; p++)
      log.feed(
        INPUT_ROLES[i]!,
        p,
        events.filter(({ customerId }) => partitionOf(customerId, PARTITIONS) === p),
      );
  });
  const store = new MemoryTrainerStore();
  const registry = new MemoryRegistry();
  let labels: unknown[] | null = null;
  const commit = store.commit.bind(store);
  store.commit = (changes, training) => {
    commit(changes, training);
    if (training?.dayS === lastDayS && training.announcing.length === 0)
      labels ??= Array.from({ length: PARTITIONS }, (_, p) => labelsIn(store, p));
  };
  const ports = { reader: log, decoder: jsonDecoder, store, registry, reports: new MemoryReports(), sha256 };
  const trainer = new Trainer(
    { ...ports, learner: hashLearner(), observer: quietObserver(), clock: realClock },
    {
      ...{ topics: INPUT_ROLES, partitions: PARTITIONS, minorPerMajor: 100, firstArtefact: artefactOf(FIRST) },
      ...{ settings: SETTINGS, seed: 5 },
    },
  );
  const stop = new AbortController();
  const running = trainer.run(stop.signal);
  await until('the last day is done', () => labels !== null);
  stop.abort();
  await running;
  return { progress: store.training()!, versions: distinct(registry.announced), labels: labels! };
}

/** The labels in the examples topic, with what the last round has marked. */
function publishedLabels({ log }: SharedWorld, { marks }: Learning, lastDayS: number): unknown[] {
  return Array.from({ length: PARTITIONS }, (_, partition) => {
    const reader = new SliceReader(partition, { merging: true });
    // A partition may have published one day more.
    for (const record of log.records(EXAMPLES, partition)) {
      reader.take(record);
      if (closes(record, lastDayS)) break;
    }
    const store = new MemoryTrainerStore();
    store.commit([reader.merged()!.changes], null);
    const trained = marks?.dayS === lastDayS ? marks.marks : [];
    const origins = store.progress(partition)!.origins;
    const touched = trained.flatMap(({ partition: of, atS, customerId, closed }) => {
      const origin = origins.find((each) => each.atS === atS && each.customerId === customerId);
      return of !== partition || origin === undefined
        ? []
        : [{ atS, customerId, tally: { ...origin.tally, trainedIntervals: closed } }];
    });
    const { topics, clockS, counters } = store.progress(partition)!;
    const nothing = { states: new Map(), pendingAdded: [], pendingTaken: [], originsOpened: [], originsDropped: [] };
    const changes = { ...nothing, partition, topics, clockS, counters, scoresJudged: [], scoresForgotten: [] };
    store.commit([{ ...changes, originsTouched: touched }], null);
    return labelsIn(store, partition);
  });
}

/** True for the closing record of the day, or of a later one. */
function closes(record: LogRecord, dayS: number): boolean {
  const closing = decodeClosing(0, record);
  return closing !== null && 'day' in closing && closing.day.clockS >= dayS;
}

/** Keeps the last record of each key up to a random offset, but no slice is merged with that of the last day. */
async function compact({ log }: SharedWorld, partition: number, dice: Seeded, lastDayS: number): Promise<void> {
  const first = log.records(EXAMPLES, partition).find((record) => closes(record, lastDayS - SECONDS_PER_DAY));
  const most = first?.offset ?? (await log.bounds(EXAMPLES, partition)).end;
  log.compact(EXAMPLES, partition, dice.below(most + 1));
  log.compact(LEARNING, 0, dice.below((await log.bounds(LEARNING, 0)).end + 1));
}

/** Appends the last slice of a partition once more, as a writer might that did not learn that it had succeeded. */
function repeatSlice({ log }: SharedWorld, partition: number): void {
  const records = log.records(EXAMPLES, partition);
  const isClosing = (i: number) => new TextDecoder().decode(records[i]!.key!) === 'day';
  const closings = records.flatMap((_, i) => (isClosing(i) ? [i] : []));
  if (closings.length < 2) return;
  const [from, to] = closings.slice(-2) as [number, number];
  log.append(records.slice(from + 1, to + 1).map((record) => ({ ...record, topic: EXAMPLES, partition })));
}

/** In half of the runs one partition falls silent, or never has an event. The others must not wait for it for ever. */
function withSilence(logs: TopicLogs, dice: Seeded): TopicLogs {
  if (dice.next() < 0.5) return logs;
  const silent = dice.below(PARTITIONS);
  const times = logs.flatMap((log) => log.map(({ timeS }) => timeS));
  const untilS = Math.min(...times) + dice.pick([0, 0.2, 0.6]) * (Math.max(...times) - Math.min(...times));
  return logs.map((log) =>
    log.filter(({ customerId, timeS }) => timeS < untilS || partitionOf(customerId, PARTITIONS) !== silent),
  );
}

/** Trainers that come, go, are killed, and get each other's partitions, until enough has happened to them. */
async function disturb(world: SharedWorld, dice: Seeded, trainers: number, lastDayS: number): Promise<string[]> {
  const done: string[] = [];
  for (let i = 0; i < trainers; i++) world.start(i);
  world.rebalance();
  for (let act = 0; act < ACTS; act++) {
    await pauseMs(10 + dice.below(140));
    const some = dice.pick(world.living);
    switch (dice.below(5)) {
      case 0:
        done.push('kill');
        await world.kill(some, dice.pick(['now', 'write', 'release'] as const));
        // Another process on the same host, or on one that has an old store or none.
        world.start(dice.below(trainers + 1));
        world.rebalance();
        break;
      case 1:
        done.push('rebalance');
        world.rebalance();
        break;
      case 2:
        if (world.living.length < 2) break;
        done.push('zombie');
        world.rebalance(some);
        await pauseMs(dice.below(120));
        world.rebalance();
        break;
      case 3:
        done.push('compaction');
        await compact(world, dice.below(PARTITIONS), dice, lastDayS);
        break;
      default:
        done.push('repeat');
        repeatSlice(world, dice.below(PARTITIONS));
    }
  }
  return done;
}

describe(`trainers that share the label work (CLV_TEST_SEED=${seed})`, () => {
  test.each([0, 1, 2, 3])('law: %s: whatever happens to them, they learn what one trainer learns', async (round) => {
    const dice = seeded(seed + round);
    const logs = withSilence(shopLogs(demoShop, dice.below(1e6), 80 + dice.below(60), 60 + dice.below(15)), dice);
    const lastDayS = lastDayOf(logs, PARTITIONS, SETTINGS);
    const expected = await alone(logs, lastDayS);
    expect(expected.progress.rounds).toBeGreaterThan(2);

    const trainers = 1 + dice.below(4);
    const world = sharedWorld({
      partitions: PARTITIONS,
      seeded: dice,
      learner: hashLearner,
      first: FIRST,
      settings: SETTINGS,
    });
    world.feed(logs);
    try {
      const happened = await disturb(world, dice, trainers, lastDayS);
      expect(happened.length).toBeGreaterThan(3);
      let learning: Learning | null = null;
      await until('the last day is done', async () => {
        learning = await world.learning();
        return (learning?.progress.dayS ?? 0) >= lastDayS;
      });
      await world.close();
      expect(learning!.progress).toEqual(expected.progress);
      const { announced } = world.registry;
      expect(distinct(announced)).toEqual(expected.versions);
      expect(announced.at(-1)?.version).toBe(expected.versions.at(-1));
      expect(publishedLabels(world, learning!, lastDayS)).toEqual(expected.labels);
    } finally {
      await world.close().catch(() => undefined);
    }
  });
});
