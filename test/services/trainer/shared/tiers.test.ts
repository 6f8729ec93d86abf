import { sha256 } from '../../../../src/adapters/system/digest';
import { INPUT_ROLES } from '../../../../src/domain/event';
import type { PartitionSource, SourceHandlers } from '../../../../src/ports/partition-source';
import { DEMO_TRAINER_SETTINGS } from '../../../../src/services/trainer/settings';
import { SharedTrainer } from '../../../../src/services/trainer/shared/shared-trainer';
import { artefactOf, handWeights } from '../../../support/hand-model';
import { hashLearner } from '../../../support/hash-learner';
import { MemoryLog } from '../../../support/memory-log';
import { jsonDecoder, MemoryRegistry, MemoryReports } from '../../../support/memory-topics';
import { MemoryTrainerStore } from '../../../support/memory-trainer-store';
import { until } from '../../../support/process';
import { quietObserver } from '../../../support/quiet-observer';
import { realClock } from '../../../support/real-clock';

/** Runs a trainer that owns these partitions until all of them are at work. Returns the runs of what keeps the value tiers. */
async function tierRunsOf(partitions: readonly number[]): Promise<AbortSignal[]> {
  const log = new MemoryLog();
  let checks = 0;
  const runs: AbortSignal[] = [];
  const source = {
    start: async (handlers: SourceHandlers) => {
      for (const partition of partitions) handlers.assigned(partition);
    },
    stop: async () => undefined,
  } as unknown as PartitionSource;
  const trainer = new SharedTrainer(
    {
      source,
      reader: log,
      decoder: jsonDecoder,
      store: new MemoryTrainerStore(),
      clock: realClock,
      sha256,
      learner: hashLearner(),
      observer: quietObserver([], {
        'shared-training': () => {
          checks += 1;
        },
      }),
      reports: new MemoryReports(),
      openWriter: async (name) => log.fencedWriter(name),
      openRegistry: () => new MemoryRegistry(),
      tiers: {
        run: async (signal) => {
          runs.push(signal);
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
        },
      },
    },
    {
      ...{ topics: INPUT_ROLES, partitions: 2, minorPerMajor: 100, firstArtefact: artefactOf(handWeights()), seed: 5 },
      ...{ examplesTopic: 'clv-examples', learningTopic: 'clv-learning' },
      settings: { ...DEMO_TRAINER_SETTINGS, checkEverySeconds: 0.01 },
    },
  );
  const stop = new AbortController();
  const running = trainer.run(stop.signal);
  const learns = partitions.includes(0);
  await until('all are at work', async () => checks > 3 && (!learns || runs.length > 0));
  stop.abort();
  await running;
  return runs;
}

test('the learner keeps the value tiers until it stops', async () => {
  expect((await tierRunsOf([0, 1])).map(({ aborted }) => aborted)).toEqual([true]);
});

test('a trainer that does not learn keeps none', async () => {
  expect(await tierRunsOf([1])).toEqual([]);
});
