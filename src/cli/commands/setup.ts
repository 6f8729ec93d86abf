import { Command } from 'commander';
import { registerOutputs } from '../compose/register-outputs';
import { awaitCounts } from '../platform/await-partitions';
import { openPlatform } from '../platform/open-platform';
import { topicSpecs } from '../platform/platform';
import { EXIT, runProcess } from '../process/process';

export function setupCommand(): Command {
  return new Command('setup')
    .description('create the missing topics and check the existing ones; changes nothing that exists')
    .option('--partitions <n>', 'partitions of each input and output topic that is created (CLV_PARTITIONS)')
    .option('--register', 'register the schemas of clv-updates and clv-dead-letters in the schema registry')
    .addHelpText(
      'after',
      `
Creates the input topics, clv-updates (compacted, at least 7 days uncompacted), clv-dead-letters and clv-models, on Kafka
(KAFKA_BROKERS) or in the embedded folder (CLV_HOME). With CLV_TRAIN_SHARED=true also clv-examples and clv-learning. If an existing topic differs from what is needed, the exit code is 1, and the output
says how to correct it. Input topics are created so that they refuse records from the future, and clv-dead-letters so that it keeps all.

--register needs SCHEMA_REGISTRY_URL. It checks each schema by its subject's compatibility rule first. A scorer with a schema registry
writes with the ids that were given, and waits until this was run.`,
    )
    .action((options: { partitions?: string; register?: true }) => {
      const overrides = options.partitions === undefined ? {} : { CLV_PARTITIONS: options.partitions };
      return runProcess({ name: 'setup', overrides, withoutRedis: true }, async (context) => {
        const { settings, observer, clock } = context;
        const platform = await openPlatform(settings, observer, clock);
        try {
          const specs = topicSpecs(settings);
          await awaitCounts(platform, [], context);
          const admin = platform.admin();
          const before = await admin.checkTopics(specs);
          if (before.missing.length > 0 && before.faults.some(({ isCount }) => isCount)) {
            for (const { topic, fault } of before.faults) console.error(`${topic}: ${fault}`);
            console.error(`nothing was created: ${before.missing.join(', ')} would not fit the topics that exist`);
            return EXIT.failed;
          }
          const { created, faults } = await admin.ensureTopics(specs);
          for (const { name, partitions, compacted } of specs) {
            const state = created.includes(name) ? 'created' : 'exists';
            console.log(`${state.padEnd(8)} ${name} (${partitions} partitions${compacted ? ', compacted' : ''})`);
          }
          for (const { topic, fault } of faults) console.error(`${topic}: ${fault}`);
          const registered = options.register === undefined || (await registerOutputs(platform, settings));
          return registered && faults.every(({ isBearable }) => isBearable) ? EXIT.ok : EXIT.failed;
        } finally {
          await platform.close();
        }
      });
    });
}
