import { sha256 } from '../../../../src/adapters/system/digest';
import { INPUT_ROLES } from '../../../../src/domain/event';
import { LabelRecordError } from '../../../../src/serde/label-records';
import { DEMO_TRAINER_SETTINGS, labelSettings } from '../../../../src/services/trainer/settings';
import { LabelChangelog } from '../../../../src/services/trainer/shared/label-changelog';
import { LearningLog } from '../../../../src/services/trainer/shared/learning-log';
import { LearningView } from '../../../../src/services/trainer/shared/learning-view';
import { PartitionWorker } from '../../../../src/services/trainer/shared/partition-worker';
import { artefactOf, handWeights } from '../../../support/hand-model';
import { MemoryLog } from '../../../support/memory-log';
import { jsonDecoder } from '../../../support/memory-topics';
import { MemoryTrainerStore } from '../../../support/memory-trainer-store';
import { quietObserver } from '../../../support/quiet-observer';
import { realClock } from '../../../support/real-clock';
import { EXAMPLES, LEARNING } from '../../../support/shared-world';

const DAY_S = 86_400;

/** A partition without a slice. `dayS`: the last day that is done. */
async function run({ dayS, records }: { dayS: number | null; records: number }): Promise<void> {
  const log = new MemoryLog();
  const ports = { reader: log, clock: realClock, sha256 };
  log.append(
    Array.from({ length: records }, () => ({
      ...{ topic: INPUT_ROLES[0], partition: 0, key: null, value: null, timestampMs: 0 },
    })),
  );
  const learner = new LearningLog(ports, LEARNING);
  await learner.restore();
  await learner.publish(log.fencedWriter('train'), {
    limitS: dayS === null ? null : dayS + DAY_S,
    furthestS: 0,
    marks: null,
    progress: {
      ...{ championVersion: 'm', championArtefact: artefactOf(handWeights()), previousArtefact: null, dayS },
      ...{ traineeArtefact: null, rounds: 0, promotions: 0, rollbacks: 0, recalibrations: 0, announcing: [] },
      ...{ trial: null, lastTrialS: null, watch: null },
    },
  });
  const view = new LearningView(new LearningLog(ports, LEARNING), ports, 100);
  const stop = new AbortController();
  const following = view.run(stop.signal);
  const store = new MemoryTrainerStore();
  const changelog = new LabelChangelog({ reader: log, store, clock: realClock }, EXAMPLES);
  const worker = new PartitionWorker(
    0,
    {
      ...{ ...ports, decoder: jsonDecoder, store, changelog, view, observer: quietObserver() },
      openWriter: async (name) => log.fencedWriter(name),
    },
    {
      ...{ ...DEMO_TRAINER_SETTINGS, topics: INPUT_ROLES, labels: labelSettings(DEMO_TRAINER_SETTINGS, 1) },
      checkEverySeconds: 0.01,
    },
  );
  setTimeout(() => stop.abort(), 300);
  try {
    await worker.run(stop.signal);
  } finally {
    stop.abort();
    await following;
  }
}

test('a partition with records whose slices are gone is refused after the first day', async () => {
  const refused = run({ dayS: DAY_S, records: 1 });
  await expect(refused).rejects.toThrow(LabelRecordError);
  await expect(refused).rejects.toThrow(/Delete both/);
});

test('before the first day, and without records, a partition has no slice', async () => {
  await run({ dayS: null, records: 1 });
  await run({ dayS: DAY_S, records: 0 });
});
