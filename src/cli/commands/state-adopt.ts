import { Command } from 'commander';
import { describeIdentity } from '../../domain/deployment-identity';
import { claimantOf } from '../compose/scorer';
import { type At, withPlatform } from '../platform/with-platform';

export function stateAdoptCommand(): Command {
  return new Command('adopt')
    .description(
      'assign the state under this key prefix to the deployment that the settings name; stop the scorers first',
    )
    .requiredOption(
      '--offsets-are-the-same',
      'confirm that every input topic holds the same records at the same offsets as the one that the state was folded from',
    )
    .addHelpText(
      'after',
      `
State belongs to one deployment: CLV_APP, the Kafka cluster, its topics and their partition count. A scorer of another deployment is refused.
This command changes the stored owner: after CLV_APP was renamed, after topics were restored under other names or ids, or if the cluster
has a new id. It changes neither states nor offsets, so folding goes on at the stored offsets.

If the topics have other offsets, records would be skipped or folded twice. Start with an empty CLV_REDIS_PREFIX instead, and fold what the
topics hold.

Under another CLV_APP or in another cluster the consumer group has no offsets yet. Start the scorers once with
CLV_ON_OFFSETS_EXPIRED=continue: they go on from the store's own record of what was published.`,
    )
    .action(() => withPlatform({ name: 'state adopt' }, adopt));
}

async function adopt({ platform, partitions, context }: At): Promise<void> {
  const claimant = await claimantOf(platform, context.settings.CLV_APP, partitions)();
  const archive = platform.stateArchive();
  const before = new Set<string>();
  for (let partition = 0; partition < partitions; partition++) {
    const owner = await archive.adopt(partition, claimant);
    before.add(owner === null ? 'nobody' : describeIdentity(owner));
  }
  console.log(
    `${partitions} partitions now belong to ${describeIdentity(claimant.identity)}; before, they belonged to ${[...before].join('; ')}`,
  );
}
