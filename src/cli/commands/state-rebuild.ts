import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import { DeadLetterCodec } from '../../serde/dead-letter-codec';
import { partitionOf } from '../../serde/event-rules';
import { UpdateCodec } from '../../serde/update-codec';
import { countSetAside } from '../../services/dead-letters/set-aside';
import { type DamagedState, findDamaged, lookAt } from '../../services/rebuild/find-damaged';
import { RebuildError, type RebuildOptions, type RebuildPorts, rebuildCustomers } from '../../services/rebuild/rebuild';
import { rebuildPartition } from '../../services/rebuild/rebuild-partition';
import { eventCodec, openSchemas } from '../compose/codecs';
import { firstModel, openArtefact } from '../compose/first-model';
import { awaitPartitions } from '../platform/await-partitions';
import { openPlatform } from '../platform/open-platform';
import type { Platform } from '../platform/platform';
import { EXIT, type ProcessContext, runProcess } from '../process/process';

interface Arguments {
  readonly all?: true;
  readonly partition?: string;
  readonly fromWhatIsLeft?: true;
  readonly readableToo?: true;
}

/** Milliseconds that the rebuild waits for commits to be published before it gives up. */
const PUBLISH_DEADLINE_MS = 30_000;

export function stateRebuildCommand(): Command {
  return new Command('rebuild')
    .description('fold customers again from the log if their state is damaged or gone; the scorers may go on running')
    .argument('[customers...]', 'customer ids')
    .option('--all', 'every customer whose state is damaged or gone')
    .option('--partition <number>', 'empty this partition and fold all of it again; stop the scorers first')
    .option('--from-what-is-left', 'go on although the log no longer holds the beginning')
    .option('--readable-too', 'also fold states again that can be read')
    .addHelpText(
      'after',
      `
Reads the customer's records below the folded offsets from the input topics, leaves out those that have a dead letter, and folds the rest.
Then compares counts and hashes with the customer's last update. Writes the state only if the store still holds what was found before.
If a customer was not rebuilt, the exit code is 1.

Afterwards send the records again that were set aside: clv-stream dead-letters replay --reason state-unreadable --write.`,
    )
    .action((customers: string[], options: Arguments) =>
      runProcess({ name: 'state rebuild' }, (context) => rebuild(context, customers, options)),
    );
}

async function rebuild(context: ProcessContext, customers: readonly string[], options: Arguments): Promise<number> {
  const ways = [customers.length > 0, options.all === true, options.partition !== undefined].filter(Boolean).length;
  if (ways !== 1) {
    console.error('Name customers, or add --all, or add --partition: exactly one of the three.');
    return EXIT.usage;
  }
  const { settings, observer, clock } = context;
  const platform = await openPlatform(settings, observer, clock);
  try {
    const partitions = await awaitPartitions(platform, context);
    if (options.partition !== undefined) return await wholePartition(platform, partitions, options);
    return await someCustomers(context, platform, partitions, customers, options);
  } finally {
    await platform.close();
  }
}

async function wholePartition(platform: Platform, partitions: number, options: Arguments): Promise<number> {
  const partition = Number(options.partition);
  if (!Number.isInteger(partition) || partition < 0 || partition >= partitions) {
    console.error(`--partition ${options.partition}: expected a number from 0 to ${partitions - 1}.`);
    return EXIT.usage;
  }
  const fromWhatIsLeft = options.fromWhatIsLeft === true;
  const ports = { archive: platform.stateArchive(), reader: platform.reader() };
  await rebuildPartition(ports, { topics: platform.topics.inputs, partition, commitId: randomUUID(), fromWhatIsLeft });
  console.log(`partition ${partition} is empty now: start the scorers, which fold it again and publish nothing twice`);
  return EXIT.ok;
}

async function someCustomers(
  { settings, clock }: ProcessContext,
  platform: Platform,
  partitions: number,
  customers: readonly string[],
  options: Arguments,
): Promise<number> {
  const store = platform.stateStore();
  const damaged: DamagedState[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const here = customers.filter((id) =>
      [partition, -1].includes(partitionOf(id, partitions, settings.CLV_PARTITIONER)),
    );
    if (options.all) damaged.push(...(await findDamaged(store, partition)));
    else if (here.length > 0) damaged.push(...(await lookAt(store, partition, here, options.readableToo === true)));
  }
  const unfound = customers.filter((id) => !damaged.some(({ customerId }) => customerId === id));
  for (const id of unfound) {
    console.log(
      `${id}: left: its state can be read, or there is none. Add --readable-too to fold a readable one again`,
    );
  }
  const [ports, rules] = await portsOf(platform, settings, partitions, clock, options);
  let failed = unfound.length;
  const mended = new Set<string>();
  for (const partition of new Set(damaged.map((each) => each.partition))) {
    const here = damaged.filter((each) => each.partition === partition);
    for (const { customerId, rebuilt, detail } of await rebuildCustomers(ports, partition, here, rules)) {
      console.log(`${customerId}: ${rebuilt ? 'rebuilt' : 'left'}: ${detail}`);
      if (rebuilt) mended.add(customerId);
      else failed += 1;
    }
  }
  console.log(`${damaged.length + unfound.length - failed} rebuilt, ${failed} left`);
  const setAside = await countSetAside(ports, platform.topics, partitions, mended);
  if (setAside > 0) {
    const command = 'clv-stream dead-letters replay --reason state-unreadable --write';
    console.log(
      `Records of these customers that were set aside meanwhile and are still missing: ${setAside}. Add them: ${command}`,
    );
  }
  return failed === 0 ? EXIT.ok : EXIT.failed;
}

async function portsOf(
  platform: Platform,
  settings: ProcessContext['settings'],
  partitions: number,
  clock: ProcessContext['clock'],
  options: Arguments,
): Promise<[RebuildPorts, RebuildOptions]> {
  const schemas = await openSchemas(platform);
  const ports = {
    reader: platform.reader(),
    states: platform.stateReader(),
    mend: platform.stateMend(),
    formats: platform.stateFormats(),
    events: eventCodec(settings, partitions, schemas),
    updates: new UpdateCodec(schemas),
    deadLetters: new DeadLetterCodec(schemas),
    emitted: (partition: number) => platform.emitted(partition),
    clock,
  };
  const { inputs, updates, deadLetters } = platform.topics;
  const rules = {
    topics: { inputs, updates, deadLetters },
    window: await windowInForce(platform, settings),
    fromWhatIsLeft: options.fromWhatIsLeft === true,
    publishDeadlineMs: PUBLISH_DEADLINE_MS,
  };
  return [ports, rules];
}

/** Events that a window keeps, from the model that the scorers use. */
async function windowInForce(platform: Platform, settings: ProcessContext['settings']): Promise<number> {
  const current = await platform.registry().current();
  const opened = current === null ? null : openArtefact(current.artefact);
  if (opened !== null && !opened.ok) throw new RebuildError(`the model in force is refused: ${opened.reason}`);
  return (opened?.model ?? firstModel(settings)).settings.window;
}
