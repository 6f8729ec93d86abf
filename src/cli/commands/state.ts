import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline as pipe, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { Command } from 'commander';
import { describeIdentity, isSameDeployment } from '../../domain/deployment-identity';
import { checkArchive, exportState, importState } from '../../services/archive/archive';
import { StateArchiveError } from '../../services/archive/archive-lines';
import { claimantOf } from '../compose/scorer';
import type { Platform } from '../platform/platform';
import { type At, withPlatform } from '../platform/with-platform';
import { stateAdoptCommand } from './state-adopt';
import { stateRebuildCommand } from './state-rebuild';
import { stateUpgradeCommand } from './state-upgrade';

export function stateCommand(): Command {
  return new Command('state')
    .description(
      'set the state of all partitions aside in a file, put it back, fold damaged states again, raise the format level',
    )
    .addCommand(
      new Command('export')
        .description('write states, F and commit chain of every partition to a file; stop the scorers before')
        .requiredOption('--out <file>', 'where to write; gzipped where the name ends in .gz')
        .action(({ out }: { out: string }) => withPlatform('state export', (at) => exportTo(at, out))),
    )
    .addCommand(
      new Command('import')
        .description('put an export in the place of the state that is there: a roll-back; stop the scorers before')
        .requiredOption('--in <file>', 'what state export wrote')
        .action((options: { in: string }) => withPlatform('state import', (at) => importFrom(at, options.in))),
    )
    .addCommand(stateAdoptCommand())
    .addCommand(stateRebuildCommand())
    .addCommand(stateUpgradeCommand())
    .addHelpText(
      'after',
      `
The file is JSON lines (docs/state-archive.md). An import is a roll-back: the scorers then fold the log again from where the export stood,
and publish nothing twice. So the input topics must still hold what came since; where they don't, CLV_ON_LOG_LOST decides. The file is
read to its end before anything is changed. A scorer that runs meanwhile is fenced; where it takes a partition over before its state is
whole, the import ends with an error, that partition has no state, and the import can be run again.`,
    );
}

/** Under another name until it is whole: a file of the right name is never half an export. */
async function exportTo({ platform, partitions, context }: At, path: string): Promise<void> {
  const exportedAt = new Date(context.clock.nowMs()).toISOString();
  const header = { partitions, topics: platform.topics.inputs, exportedAt };
  const progress = progressLine('exported', partitions);
  const lines = exportState(platform.stateArchive(), platform.stateReader(), header, progress.show);
  const part = `${path}.part`;
  try {
    const out = createWriteStream(part);
    const text = Readable.from(withNewlines(lines));
    await (path.endsWith('.gz') ? pipeline(text, createGzip(), out) : pipeline(text, out));
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  } finally {
    progress.end();
  }
  console.log(`${path}: ${progress.customers()} customers of ${partitions} partitions`);
}

async function importFrom({ platform, partitions, context }: At, path: string): Promise<void> {
  const found = await checkArchive(linesOf(path));
  if (!found.hasDigests) {
    console.error(
      `${path} was written by an earlier version and has no digests: damage to a state in it can go unnoticed. Export again once it is imported`,
    );
  }
  if (found.partitions !== partitions) {
    throw new StateArchiveError(`${path} has ${found.partitions} partitions, the topics have ${partitions}`);
  }
  const { inputs } = platform.topics;
  if (found.topics.join() !== inputs.join()) {
    throw new StateArchiveError(
      `${path} is of the topics ${found.topics.join(', ')}, and its offsets mean nothing in ${inputs.join(', ')}`,
    );
  }
  await refuseForeign(platform, partitions, context.settings.CLV_APP);
  const progress = progressLine('imported', partitions);
  const customers = await importState(platform.stateArchive(), linesOf(path), progress.show);
  progress.end();
  console.log(
    `${path} of ${found.exportedAt}: ${customers} customers put back; start the scorers to fold what came since`,
  );
}

/** An import replaces what is there: never another deployment's state. */
async function refuseForeign(platform: Platform, partitions: number, app: string): Promise<void> {
  const { identity } = await claimantOf(platform, app, partitions)();
  const store = platform.stateStore();
  for (let partition = 0; partition < partitions; partition++) {
    const owner = await store.owner(partition);
    if (owner === null || isSameDeployment(owner, identity)) continue;
    throw new StateArchiveError(
      `partition ${partition} belongs to another deployment (${describeIdentity(owner)}), and nothing was changed: give this one a key prefix of its own (CLV_REDIS_PREFIX), or run clv-stream state adopt first`,
    );
  }
}

async function* withNewlines(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  // A fault of either stage ends the loop below; the callback only keeps it from being thrown twice.
  const text = path.endsWith('.gz') ? pipe(file, createGunzip(), () => {}) : file;
  text.setEncoding('utf8');
  let rest = '';
  for await (const chunk of text as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== '') yield rest;
}

function progressLine(verb: string, partitions: number) {
  let customers = 0;
  const { stderr } = process;
  return {
    show: (done: { partition: number; customers: number }) => {
      customers = done.customers;
      if (!stderr.isTTY) return;
      stderr.write(`\r\x1b[2Kpartition ${done.partition + 1} of ${partitions}, ${customers} customers ${verb}`);
    },
    end: () => {
      if (stderr.isTTY) stderr.write('\n');
    },
    customers: () => customers,
  };
}
