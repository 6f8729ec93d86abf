import { sha256 } from '../../../../src/adapters/system/digest';
import { INPUT_ROLES } from '../../../../src/domain/event';
import { WriterFenced } from '../../../../src/ports/log';
import type { Fact } from '../../../../src/ports/observer';
import type { PartitionSource, SourceHandlers } from '../../../../src/ports/partition-source';
import { DEMO_TRAINER_SETTINGS } from '../../../../src/services/trainer/settings';
import { SharedTrainer } from '../../../../src/services/trainer/shared/shared-trainer';
import { artefactOf, handWeights } from '../../../support/hand-model';
import { hashLearner } from '../../../support/hash-learner';
import { MemoryLog } from '../../../support/memory-log';
import { jsonDecoder, MemoryRegistry, MemoryReports } from '../../../support/memory-topics';
import { MemoryTrainerStore } from '../../../support/memory-trainer-store';
import { until } from '../../../support/process';
import { realClock } from '../../../support/real-clock';

/** A trainer that owns these partitions, and whose writers are always fenced. */
async function factsOf(partitions: readonly number[], done: (facts: readonly Fact[]) => boolean): Promise<Fact[]> {
  const facts: Fact[] = [];
  const source = {
    start: async (handlers: SourceHandlers) => {
      for (const partition of partitions) handlers.assigned(partition);
    },
    stop: async () => undefined,
  } as unknown as PartitionSource;
  const trainer = new SharedTrainer(
    {
      source,
      reader: new MemoryLog(),
      decoder: jsonDecoder,
      store: new MemoryTrainerStore(),
      clock: realClock,
      sha256,
      learner: hashLearner(),
      observer: { observe: (fact) => void facts.push(fact), notice: () => undefined },
      reports: new MemoryReports(),
      openWriter: async (name) => {
        throw new WriterFenced(name);
      },
      openRegistry: () => new MemoryRegistry(),
    },
    {
      ...{ topics: INPUT_ROLES, partitions: 2, minorPerMajor: 100, firstArtefact: artefactOf(handWeights()), seed: 5 },
      ...{ examplesTopic: 'clv-examples', learningTopic: 'clv-learning' },
      settings: { ...DEMO_TRAINER_SETTINGS, checkEverySeconds: 0.01 },
    },
  );
  const stop = new AbortController();
  const running = trainer.run(stop.signal);
  await until('it was observed', () => done(facts));
  stop.abort();
  await running;
  return facts;
}

const isCheck = ({ kind }: Fact) => kind === 'shared-training';

test('a learner that is fenced is counted', async () => {
  const facts = await factsOf([0], (seen) => seen.some(({ kind }) => kind === 'fenced'));
  expect(facts).toContainEqual({ kind: 'fenced', partition: 0, by: 'log' });
});

test('a trainer that owns nothing reports no watermark before the first day', async () => {
  const facts = await factsOf([], (seen) => seen.filter(isCheck).length >= 3);
  expect(facts.map(({ kind }) => kind)).not.toContain('labels');
});
