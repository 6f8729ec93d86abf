import { Command } from 'commander';
import { changingModels, type ModelChange } from './model-change';

/** `clv-stream model pin`: while it lasts, the trainer publishes nothing. */
export function pinCommand(): Command {
  const command = new Command('pin')
    .description('keep the model in force: the trainer publishes nothing until model unpin')
    .addHelpText(
      'after',
      `
The trainer goes on training, and holds back promotions, roll-backs and recalibrations. Its log says so once. model publish, promote and rollback still
work, and the pin then holds for the model that they put into force. A trainer of a version without this command does not notice the pin.`,
    );
  return changingModels(command, (change) => setPin(change, true));
}

/** `clv-stream model unpin`: ends the pin. */
export function unpinCommand(): Command {
  const command = new Command('unpin').description('end the pin: the trainer publishes again');
  return changingModels(command, (change) => setPin(change, false));
}

async function setPin({ registry, topic, announce }: ModelChange, pinned: boolean): Promise<void> {
  const current = await registry.current();
  if (current === null) {
    throw new Error(
      `no model was announced on ${topic} yet: announce the one that scorers use with clv-stream model promote, then pin it`,
    );
  }
  if ((current.release?.pinned ?? false) === pinned) {
    console.log(`${current.version} is ${pinned ? 'pinned already' : 'not pinned'} on ${topic}`);
    return;
  }
  await announce(current, pinned ? 'pinned' : 'unpinned');
}
