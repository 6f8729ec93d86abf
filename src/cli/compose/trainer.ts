import { ReopenedWriter } from '../../adapters/registry/reopened-writer';
import { sha256 } from '../../adapters/system/digest';
import { currencyOf } from '../../domain/currency';
import type { Learner } from '../../ports/learner';
import type { TrainerStore } from '../../ports/trainer-store';
import { PATIENCE_S } from '../../services/time/time-decisions';
import type { TrainerSettings } from '../../services/trainer/settings';
import { SharedTrainer } from '../../services/trainer/shared/shared-trainer';
import { Trainer } from '../../services/trainer/trainer';
import { firstArtefact, moneyOf, type TrainingTopics } from '../platform/platform';
import { eventCodec } from './codecs';
import type { Deployment } from './deployment';
import { openTierDesk } from './tier-desk';
import { timeDecisions } from './time-decisions';
import { trainersInWords } from './trainer-identity';

export interface TrainerParts {
  readonly store: TrainerStore;
  readonly learner: Learner;
  readonly settings: TrainerSettings;
}

/** Name of the trainer's writer: of all trainers of a deployment, the one that started last can publish. */
const TRAINER_WRITER = 'train';
/** So the shares of the value tiers are looked at once a minute; in an accelerated demo as much more often as the trainer checks. */
const CHECKS_PER_TIER_LOOK = 12;

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
  deployment: Deployment,
  { store, learner, settings: trainerSettings }: TrainerParts,
): Promise<Trainer> {
  const { platform, settings, partitions, schemas, observer, clock } = deployment;
  const writer = await ReopenedWriter.open(() => platform.fencedWriter(TRAINER_WRITER));
  return new Trainer(
    {
      reader: platform.reader(),
      decoder: eventCodec(settings, partitions, schemas),
      times: timeDecisions(deployment, PATIENCE_S),
      store,
      registry: platform.registry(writer),
      reports: platform.reports(),
      learner,
      sha256,
      observer,
      clock,
      tiers: openTierDesk(deployment, CHECKS_PER_TIER_LOOK * trainerSettings.checkEverySeconds),
    },
    {
      topics: platform.topics.inputs,
      partitions,
      minorPerMajor: moneyOf(settings).minorPerMajor,
      currency: currencyOf(settings.CLV_CURRENCY),
      firstArtefact: firstArtefact(settings),
      settings: trainerSettings,
      seed: settings.CLV_TRAIN_SEED,
    },
  );
}

async function openSharedTrainer(
  deployment: Deployment,
  { store, learner, settings: trainerSettings }: TrainerParts,
  topics: TrainingTopics,
): Promise<SharedTrainer> {
  const { platform, settings, partitions, schemas, observer, clock } = deployment;
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
      times: timeDecisions(deployment, PATIENCE_S),
      store,
      openWriter: (name) => platform.fencedWriter(name),
      openRegistry: (writer) => platform.registry(writer),
      reports: platform.reports(),
      learner,
      sha256,
      observer,
      clock,
      tiers: openTierDesk(deployment, CHECKS_PER_TIER_LOOK * trainerSettings.checkEverySeconds),
    },
    {
      topics: platform.topics.inputs,
      examplesTopic: topics.examples,
      learningTopic: topics.learning,
      partitions,
      minorPerMajor: moneyOf(settings).minorPerMajor,
      currency: currencyOf(settings.CLV_CURRENCY),
      ...common,
    },
  );
}
