import { Command } from 'commander';
import { describeIdentity } from '../../domain/deployment-identity';
import { claimantOf } from '../compose/scorer';
import { type At, withPlatform } from '../platform/with-platform';

export function stateAdoptCommand(): Command {
  return new Command('adopt')
    .description(
      'give the state under this key prefix to the deployment that the settings name; stop the scorers before',
    )
    .requiredOption(
      '--offsets-are-the-same',
      'confirm that every input topic holds the same records at the same offsets as the one that the state was folded from',
    )
    .addHelpText(
      'after',
      `
State belongs to one deployment: CLV_APP, the Kafka cluster, its topics and their partition count. A scorer of another one is refused. This command
rewrites who the owner is, for a renamed CLV_APP, topics restored under other names or ids, or a cluster with a new id. It changes neither states
nor offsets: folding goes on at the stored offsets. So in topics with other offsets, records are skipped or folded twice. There, start with
an empty CLV_REDIS_PREFIX instead, and fold what the topics hold.

Under another CLV_APP or in another cluster the consumer group has no offsets yet: start the scorers once with CLV_ON_OFFSETS_EXPIRED=continue.
They then go on from the store's own record of what was published.`,
    )
    .action(() => withPlatform('state adopt', adopt));
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
    `${partitions} partitions now belong to ${describeIdentity(claimant.identity)}; before, to ${[...before].join('; ')}`,
  );
}
