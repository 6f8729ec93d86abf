import { ReopenedWriter } from '../../adapters/registry/reopened-writer';
import { sha256 } from '../../adapters/system/digest';
import type { Learner } from '../../ports/learner';
import type { TrainerStore } from '../../ports/trainer-store';
import type { TrainerSettings } from '../../services/trainer/settings';
import { SharedTrainer } from '../../services/trainer/shared/shared-trainer';
import { Trainer } from '../../services/trainer/trainer';
import { firstArtefact, moneyOf, type TrainingTopics } from '../platform/platform';
import { eventCodec } from './codecs';
import type { Deployment } from './deployment';
import { trainersInWords } from './trainer-identity';

export interface TrainerParts {
  readonly store: TrainerStore;
  readonly learner: Learner;
  readonly settings: TrainerSettings;
}

/** Name of the trainer's writer: of all trainers of a deployment, the one that started last can publish. */
const TRAINER_WRITER = 'train';

/** Whatever runs until its signal aborts. */
export interface RunningTrainer {
  run(signal: AbortSignal): Promise<void>;
}

/** One of several trainers, or the only one. The caller closes the trainer store and the learner. */
export function openAnyTrainer(deployment: Deployment, parts: TrainerParts): Promise<RunningTrainer> {
  return deployment.platform.topics.training === null
    ? openTrainer(deployment, parts)
    : openSharedTrainer(deployment, parts, deployment.platform.topics.training);
}

/** A trainer on the deployment's topics and models. The caller closes the trainer store and the learner. */
export async function openTrainer(
  { platform, settings, partitions, schemas, observer, clock }: Deployment,
  { store, learner, settings: trainerSettings }: TrainerParts,
): Promise<Trainer> {
  const writer = await ReopenedWriter.open(() => platform.fencedWriter(TRAINER_WRITER));
  return new Trainer(
    {
      reader: platform.reader(),
      decoder: eventCodec(settings, partitions, schemas),
      store,
      registry: platform.registry(writer),
      reports: platform.reports(),
      learner,
      sha256,
      observer,
      clock,
    },
    {
      topics: platform.topics.inputs,
      partitions,
      minorPerMajor: moneyOf(settings).minorPerMajor,
      firstArtefact: firstArtefact(settings),
      settings: trainerSettings,
      seed: settings.CLV_TRAIN_SEED,
    },
  );
}

async function openSharedTrainer(
  { platform, settings, partitions, schemas, observer, clock }: Deployment,
  { store, learner, settings: trainerSettings }: TrainerParts,
  topics: TrainingTopics,
): Promise<SharedTrainer> {
  const common = {
    settings: trainerSettings,
    seed: settings.CLV_TRAIN_SEED,
    firstArtefact: firstArtefact(settings),
  };
  const group = { id: `${settings.CLV_APP}-train`, deployment: trainersInWords(platform.topics, common) };
  return new SharedTrainer(
    {
      source: platform.source(group),
      reader: platform.reader(),
      decoder: eventCodec(settings, partitions, schemas),
      store,
      openWriter: (name) => platform.fencedWriter(name),
      openRegistry: (writer) => platform.registry(writer),
      reports: platform.reports(),
      learner,
      sha256,
      observer,
      clock,
    },
    {
      topics: platform.topics.inputs,
      examplesTopic: topics.examples,
      learningTopic: topics.learning,
      partitions,
      minorPerMajor: moneyOf(settings).minorPerMajor,
      ...common,
    },
  );
}
