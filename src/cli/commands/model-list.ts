import { Command } from 'commander';
import { withPlatform } from '../platform/with-platform';
import { modelEntries, modelLines } from '../reports/model-lines';

/** `clv-stream model list`: the announcements that the models topic holds. */
export function listCommand(): Command {
  return new Command('list')
    .description('list the announcements of models, oldest first: when, which version, what was done, by whom and why')
    .option('--json', 'one line of JSON per announcement')
    .addHelpText(
      'after',
      `
An asterisk marks the model in force. A pinned one is named in the last line. Kafka compacts the topic, so old announcements disappear. Of each
version the last one stays; those come first.

The third column says what was done:
  published     by hand from a file: model publish
  promoted      by the trainer's gate, or by hand: model promote
  rolled-back   by a drift alarm, or by hand: model rollback
  recalibrated  by the trainer: other log-spend sigma, same weights
  pinned        by hand: model pin; or by the trainer, if its release crossed a pin
  unpinned      by hand: model unpin
  announced     by a version of the program that did not record more
  stored        never put into force by an announcement: the model that the deployment started from`,
    )
    .action((options: { json?: true }) =>
      withPlatform({ name: 'model list', withoutRedis: true }, async ({ platform }) => {
        const registry = platform.registry();
        const entries = modelEntries(await registry.history(), await registry.versions());
        const lines = options.json
          ? entries.map((entry) => JSON.stringify(entry))
          : modelLines(entries, platform.topics.models);
        for (const line of lines) console.log(line);
      }),
    );
}
