import { Command } from 'commander';
import { findVersion } from '../../domain/release/version-lookup';
import { changingModels, type ModelChange } from './model-change';

/** `clv-stream model promote`: puts a stored version into force again. */
export function promoteCommand(): Command {
  const command = new Command('promote')
    .description('put a version into force that the models topic stores')
    .argument('<version>', 'a version of model list, or the beginning of one')
    .addHelpText(
      'after',
      `
No gate compares it with the model in force. A pin stays as it is.`,
    );
  return changingModels(command, (change, text) => promote(change, text ?? ''));
}

async function promote({ registry, topic, open, announce }: ModelChange, text: string): Promise<void> {
  const versions = await registry.versions();
  const lookup = findVersion(versions.keys(), text);
  if (lookup.type === 'unknown') {
    throw new Error(`${topic} stores no model ${text}: clv-stream model list shows the versions`);
  }
  if (lookup.type === 'ambiguous') {
    throw new Error(`${text} is the beginning of ${lookup.matches.join(' and ')}: name more of the version`);
  }
  const { version } = lookup;
  if ((await registry.current())?.version === version) {
    console.log(`${version} is in force on ${topic} already`);
    return;
  }
  const stored = versions.get(version)!;
  const opened = open(stored.artefact);
  if (!opened.ok) throw new Error(`model ${version} is refused: ${opened.reason}`);
  await announce(stored, 'promoted');
}
