import { sha256 } from '../../../src/adapters/system/digest';
import { loadBackend } from '../../../src/adapters/tensorflow/backend';
import { TensorFlowLearner } from '../../../src/adapters/tensorflow/tensorflow-learner';
import { INPUT_ROLES, SECONDS_PER_DAY } from '../../../src/domain/event';
import { labelOf } from '../../../src/domain/labels/origins';
import { exampleLoss } from '../../../src/domain/scoring/example';
import { demoShop } from '../../../src/domain/simulation/shop-population';
import { Contender } from '../../../src/services/trainer/contender';
import { DEMO_TRAINER_SETTINGS, type TrainerSettings } from '../../../src/services/trainer/settings';
import { Trainer } from '../../../src/services/trainer/trainer';
import { artefactOf, handWeights } from '../../support/hand-model';
import { START_S } from '../../support/label-streams';
import { jsonDecoder, MemoryRegistry, MemoryReports, MemoryTopics } from '../../support/memory-topics';
import { MemoryTrainerStore } from '../../support/memory-trainer-store';
import { until } from '../../support/process';
import { quietObserver } from '../../support/quiet-observer';
import { realClock } from '../../support/real-clock';
import { labelsOf, shopLogs } from '../../support/shop-labels';

const TOPICS = INPUT_ROLES;
const SEEN_DAYS = 120;
const LABELS = {
  window: 8,
  quorum: 1,
  latenessDays: 1,
  originEveryDays: 7,
  maxOpenOrigins: 50_000,
  reservoirSize: 1_000,
  recencyDays: 70,
  judgedScores: 1_000,
  gateShare: 0.25,
};

test('a champion of another shop is replaced by one that is truly better on later data (WebAssembly)', async () => {
  const logs = shopLogs(demoShop, 7, 700, SEEN_DAYS + 60);
  const cutS = START_S + SEEN_DAYS * SECONDS_PER_DAY;
  const topics = new MemoryTopics();
  logs.forEach((log, i) => {
    topics.append(
      TOPICS[i]!,
      0,
      log.filter(({ timeS }) => timeS < cutS),
    );
  });
  const registry = new MemoryRegistry();
  const learner = new TensorFlowLearner(await loadBackend({ preference: 'wasm', threads: 1 }));
  const firstArtefact = artefactOf(handWeights(-0.7));
  const losses: number[] = [];
  const observer = quietObserver([], { trained: ({ loss }) => void losses.push(loss) });
  const store = new MemoryTrainerStore();
  const ports = {
    reader: topics,
    decoder: jsonDecoder,
    store,
    registry,
    reports: new MemoryReports(),
    learner,
    sha256,
    observer,
    clock: realClock,
  };
  const runUntil = async (what: string, holds: () => boolean, settings: TrainerSettings): Promise<void> => {
    const stop = new AbortController();
    const options = { topics: TOPICS, partitions: 1, minorPerMajor: 100, firstArtefact, settings, seed: 1 };
    const running = new Trainer(ports, options).run(stop.signal);
    try {
      await until(what, holds, 600_000);
    } finally {
      stop.abort();
      await running;
    }
  };
  // Without refits, so that what is published has been learnt.
  const settings = { ...DEMO_TRAINER_SETTINGS, refitEveryDays: 0, calibrateEveryDays: 0, checkEverySeconds: 0.05 };
  try {
    await runUntil('a model is promoted', () => registry.announced.length > 0, settings);
  } finally {
    learner.dispose();
  }
  expect(losses.length).toBeGreaterThan(0);

  const labels = labelsOf(logs, LABELS);
  const later = [...labels.origins()].filter(({ atS }) => atS >= cutS);
  const meanLoss = (artefact: Uint8Array): number => {
    const contender = new Contender(artefact, sha256, 100);
    const sum = later.reduce((total, origin) => {
      const outputs = contender.readSnapshot(origin.snapshot, origin.atS);
      return total + exampleLoss(outputs, labelOf(origin, labels.clockS));
    }, 0);
    return sum / later.length;
  };
  expect(later.length).toBeGreaterThan(1000);
  expect(meanLoss(registry.announced[0]!.artefact)).toBeLessThan(meanLoss(firstArtefact) - 0.01);
}, 700_000);
