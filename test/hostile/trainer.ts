import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTrainerStore } from '../../src/adapters/embedded/trainer-store';
import { systemClock } from '../../src/adapters/system/clock';
import { openSchemas } from '../../src/cli/compose/codecs';
import { openTrainer } from '../../src/cli/compose/trainer';
import { INPUT_ROLES, KEYED_TOPICS } from '../../src/domain/event';
import type { TrainerStore } from '../../src/ports/trainer-store';
import { decodeState } from '../../src/serde/state-blob';
import { DEFAULT_TRAINER_SETTINGS, type TrainerSettings } from '../../src/services/trainer/settings';
import type { Deployment } from '../support/deployment';
import { hashLearner } from '../support/hash-learner';
import { pauseMs } from '../support/process';
import { quietObserver } from '../support/quiet-observer';
import type { Seeded } from '../support/seeded';
import type { Inputs } from './deployment';
import { unfinite } from './unfinite';

/** Small, so that streams of twenty years take seconds: a question a month, a round a quarter. */
const SETTINGS: TrainerSettings = {
  ...DEFAULT_TRAINER_SETTINGS,
  ...{ originEveryDays: 30, trainEveryDays: 90, refitEveryDays: 90, calibrateEveryDays: 90 },
  ...{ maxOpenOrigins: 300, reservoirSize: 300, minExamples: 20, examplesPerRound: 64, checkEverySeconds: 0.02 },
};
const LOOK_EVERY_MS = 20;
/** Looks in a row without progress after which the trainer stands still. At least a minute. */
const MOST_STILL_LOOKS = 3_000;

/** Trains on the stream to its end, with stops and new starts at random points. Returns what is wrong. */
export async function trainWithStops(deployment: Deployment, inputs: Inputs, random: Seeded): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'clv-hostile-'));
  const positions = KEYED_TOPICS.reduce((sum, topic) => sum + inputs[topic]!.flat().length, 0);
  const stops = Array.from({ length: random.below(3) }, () => random.below(positions)).sort((a, b) => a - b);
  try {
    for (const until of [...stops, Number.POSITIVE_INFINITY]) {
      const store = openTrainerStore(join(folder, 'trainer'));
      try {
        await trainUntil(deployment, store, (read) => read >= until || isRead(store, inputs));
      } finally {
        await store.close();
      }
    }
    const store = openTrainerStore(join(folder, 'trainer'));
    try {
      return faultsOf(store, inputs);
    } finally {
      await store.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Trains until `isEnough`, which gets the number of records read so far. Fails if it stands still before. */
export async function trainUntil(
  { platform, settings }: Deployment,
  store: TrainerStore,
  isEnough: (read: number) => boolean,
  trainerSettings = SETTINGS,
): Promise<void> {
  const schemas = await openSchemas(platform);
  const partitions = settings.CLV_PARTITIONS;
  const deployment = { platform, settings, partitions, schemas, observer: quietObserver(), clock: systemClock };
  const trainer = await openTrainer(deployment, { store, learner: hashLearner(), settings: trainerSettings });
  const stop = new AbortController();
  let hasEnded = false;
  const running = trainer.run(stop.signal).finally(() => {
    hasEnded = true;
  });
  running.catch(() => undefined);
  let [before, still] = [-1, 0];
  while (!hasEnded) {
    const read = readSoFar(store, partitions);
    if (isEnough(read)) break;
    still = read > before ? 0 : still + 1;
    before = read;
    if (still >= MOST_STILL_LOOKS) throw new Error(`the trainer stands still at ${read} records`);
    await pauseMs(LOOK_EVERY_MS);
  }
  stop.abort();
  await running;
}

function readSoFar(store: TrainerStore, partitions: number): number {
  let read = 0;
  for (let p = 0; p < partitions; p++) {
    read += (store.progress(p)?.topics ?? []).reduce((sum, { nextOffset }) => sum + nextOffset, 0);
  }
  return read;
}

export function isRead(store: TrainerStore, inputs: Inputs): boolean {
  return unread(store, inputs).length === 0;
}

function unread(store: TrainerStore, inputs: Inputs): string[] {
  return KEYED_TOPICS.flatMap((topic) =>
    inputs[topic]!.flatMap((records, partition) => {
      const last = records.at(-1)?.offset ?? -1;
      const next = store.progress(partition)?.topics[topic]?.nextOffset ?? 0;
      return next > last ? [] : [`${INPUT_ROLES[topic]} ${partition}: read up to ${next} of ${last}`];
    }),
  );
}

function faultsOf(store: TrainerStore, inputs: Inputs): string[] {
  const faults = unread(store, inputs);
  for (const partition of inputs[0]!.keys()) {
    const progress = store.progress(partition);
    if (progress === null) continue;
    const { origins, customers, pending, counters, judgedScores } = progress;
    for (const path of unfinite({ origins, pending, counters, judgedScores })) faults.push(`trainer: ${path}`);
    for (const customerId of customers) {
      const state = decodeState(store.state(partition, customerId)!);
      for (const path of unfinite(state)) faults.push(`trainer's state of ${customerId}: ${path}`);
    }
    for (const { customerId, snapshot } of origins) {
      for (const path of unfinite(decodeState(snapshot))) faults.push(`snapshot of ${customerId}: ${path}`);
    }
  }
  return faults;
}
