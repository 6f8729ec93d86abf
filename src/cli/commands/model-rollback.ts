import { Command } from 'commander';
import type { NetworkWeights } from '../../domain/network/weights';
import { inForceAfter } from '../../domain/release/release';
import { rollBackTarget } from '../../domain/release/roll-back-target';
import type { OpenArtefact } from '../../domain/scoring/served-model';
import type { ModelAnnouncement } from '../../ports/model-registry';
import { changingModels, type ModelChange } from './model-change';

/** `clv-stream model rollback`: goes back to the newest earlier model with other weights. */
export function rollbackCommand(): Command {
  const command = new Command('rollback')
    .description('put the newest earlier model into force whose weights differ')
    .addHelpText(
      'after',
      `
A recalibration does not count: it has the weights of the model that it replaced. Two roll-backs in a row go further back. A model that was rolled
back from is not gone back to, until something puts it into force again. The trainer does not bring it back on a drift alarm either.

No gate compares the two models. A pin stays as it is. Without one, the trainer goes on from the earlier model and may promote another one.
So pin it if the trainer is what you roll back from.`,
    );
  return changingModels(command, rollBack);
}

async function rollBack({ registry, topic, open, announce }: ModelChange): Promise<void> {
  const weightsOf = (announcement: ModelAnnouncement | undefined) => servableWeights(announcement, open);
  const current = await registry.current();
  if (current === null) throw new Error(`no model was announced on ${topic}, so there is none to roll back from`);
  const versions = await registry.versions();
  const { earlier } = inForceAfter(await registry.history(), [...versions.keys()]);
  const target = rollBackTarget(weightsOf(current), earlier, (version) => weightsOf(versions.get(version)));
  if (target === null) {
    throw new Error(
      `no model before ${current.version} with other weights is stored on ${topic}: ` +
        'clv-stream model list shows the versions, and clv-stream model promote puts any of them into force',
    );
  }
  await announce(versions.get(target)!, 'rolled-back');
}

/** Null if the artefact is not stored, or if this program can't serve it. */
function servableWeights(announcement: ModelAnnouncement | undefined, open: OpenArtefact): NetworkWeights | null {
  if (announcement === undefined) return null;
  const opened = open(announcement.artefact);
  return opened.ok ? opened.model.weights : null;
}
