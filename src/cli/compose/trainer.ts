import { ReopenedWriter } from '../../adapters/registry/reopened-writer';
import { sha256 } from '../../adapters/system/digest';
import type { Learner } from '../../ports/learner';
import type { TrainerStore } from '../../ports/trainer-store';
import type { TrainerSettings } from '../../services/trainer/settings';
import { Trainer } from '../../services/trainer/trainer';
import { firstArtefact, moneyOf } from '../platform/platform';
import { eventCodec } from './codecs';
import type { Deployment } from './deployment';

export interface TrainerParts {
  readonly store: TrainerStore;
  readonly learner: Learner;
  readonly settings: TrainerSettings;
}

/** Name of the trainer's writer: of all trainers of a deployment, the one that started last can publish. */
const TRAINER_WRITER = 'train';

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
