import { Command } from 'commander';
import { readRegularFile } from '../../adapters/files/regular-file';
import { servableArtefact, withoutCurrency, withoutRecommendation } from '../compose/first-model';
import { type OperatorOptions, withOperatorOptions } from '../options/operator-options';
import { awaitPartitions } from '../platform/await-partitions';
import { openPlatform } from '../platform/open-platform';
import { EXIT, runProcess } from '../process/process';
import { modelChange } from './model-change';

interface PublishOptions extends OperatorOptions {
  readonly note: string;
}

/** `clv-stream model publish`: puts a model into force without the gate. */
export function publishCommand(): Command {
  return withOperatorOptions(
    new Command('publish')
      .description('put a model into force in a running deployment: announce it on the models topic')
      .argument('<file>', 'a model artefact')
      .option(
        '--note <text>',
        'what to record about the model, for model list and the timeline of models',
        'Published by hand.',
      ),
  )
    .addHelpText(
      'after',
      `
Every scorer checks the model and swaps it in between two micro-batches. The trainer goes on from it, and keeps the one before for a
roll-back. No gate compares it with the champion. So measure it first with clv-stream evaluate. A pin stays as it is. It publishes to the
deployment that the settings select: KAFKA_BROKERS or CLV_HOME, and CLV_TOPIC_MODELS.`,
    )
    .action((file: string, options: PublishOptions) =>
      runProcess({ name: 'model publish', withoutRedis: true }, async (context) => {
        const { settings, observer, clock } = context;
        const artefact = await readRegularFile(file);
        const opened = servableArtefact(settings)(artefact);
        if (!opened.ok) {
          console.error(`${file} is refused: ${opened.reason}`);
          return EXIT.failed;
        }
        const { version } = opened.model;
        for (const caution of [withoutCurrency(opened.model, settings.CLV_CURRENCY), withoutRecommendation(artefact)]) {
          if (caution !== null) console.error(caution);
        }
        const platform = await openPlatform(settings, observer, clock);
        try {
          await awaitPartitions(platform, context);
          const { announce } = modelChange({ platform, context }, options);
          await announce({ version, artefact, announcedAtMs: clock.nowMs(), note: options.note }, 'published');
        } finally {
          await platform.close();
        }
        return EXIT.ok;
      }),
    );
}
