import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline as pipe, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { Command } from 'commander';
import { type Output, outputFault } from '../../adapters/files/output';
import { unfinished } from '../../adapters/files/unfinished';
import { partOf } from '../../adapters/files/whole-file';
import { describeIdentity, isSameDeployment } from '../../domain/deployment-identity';
import { checkArchive, exportState, importState } from '../../services/archive/archive';
import { StateArchiveError } from '../../services/archive/archive-lines';
import { claimantOf } from '../compose/scorer';
import { requireWritable } from '../files/writable';
import type { Platform } from '../platform/platform';
import { type At, withPlatform } from '../platform/with-platform';
import { succeeds } from '../process/one-line-failure';
import { stateAdoptCommand } from './state-adopt';
import { stateRebuildCommand } from './state-rebuild';
import { stateUpgradeCommand } from './state-upgrade';

export function stateCommand(): Command {
  return new Command('state')
    .description(
      'export the state of all partitions to a file, import it, rebuild damaged states, raise the format level',
    )
    .addCommand(
      new Command('export')
        .description(
          'write states, folded offsets and commit chain of every partition to a file; stop the scorers first',
        )
        .requiredOption('--out <file>', 'file to write; gzipped if the name ends in .gz')
        .action(async ({ out }: { out: string }) => {
          const output = { option: '--out', path: out };
          if (!(await succeeds('state export', () => requireWritable([output])))) return;
          await withPlatform({ name: 'state export' }, (at) => exportTo(at, output));
        }),
    )
    .addCommand(
      new Command('import')
        .description('replace the current state by an export, which is a roll-back; stop the scorers first')
        .requiredOption('--in <file>', 'a file that state export wrote')
        .action((options: { in: string }) =>
          withPlatform({ name: 'state import' }, (at) => importFrom(at, options.in)),
        ),
    )
    .addCommand(stateAdoptCommand())
    .addCommand(stateRebuildCommand())
    .addCommand(stateUpgradeCommand())
    .addHelpText(
      'after',
      `
The file is JSON lines (docs/state-archive.md). An import is a roll-back: the scorers then fold the log again from the offsets of the export,
and publish nothing twice. So the input topics must still hold what came since. If they don't, CLV_ON_LOG_LOST decides.

The file is read to its end before anything is changed. A scorer that runs meanwhile is fenced. If it takes a partition over before its state
is complete, the import ends with an error and that partition has no state. Then run the import again.`,
    );
}

/** Writes under another name until the file is complete, so that a file of the right name is never half an export. */
async function exportTo({ platform, partitions, context }: At, output: Output): Promise<void> {
  const exportedAt = new Date(context.clock.nowMs()).toISOString();
  const header = { partitions, topics: platform.topics.inputs, exportedAt };
  const progress = progressLine('exported', partitions);
  const lines = exportState(platform.stateArchive(), platform.stateReader(), header, progress.show);
  const { path } = output;
  const part = partOf(path);
  const settled = unfinished(part, path);
  const { signal } = context;
  try {
    const out = createWriteStream(part);
    const text = Readable.from(withNewlines(lines));
    await (path.endsWith('.gz') ? pipeline(text, createGzip(), out, { signal }) : pipeline(text, out, { signal }));
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    if (signal.aborted) throw new StateArchiveError(`stopped before the end: ${path} was not written`);
    throw outputFault(output, error);
  } finally {
    settled();
    progress.end();
  }
  console.log(`${path}: ${progress.customers()} customers of ${partitions} partitions`);
}

async function importFrom({ platform, partitions, context }: At, path: string): Promise<void> {
  const found = await checkArchive(linesOf(path));
  if (!found.hasDigests) {
    console.error(
      `${path} was written by an earlier version and has no digests, so damage to a state in it may go unnoticed. Export again after the import`,
    );
  }
  if (found.partitions !== partitions) {
    throw new StateArchiveError(`${path} has ${found.partitions} partitions, the topics have ${partitions}`);
  }
  const { inputs } = platform.topics;
  if (found.topics.join() !== inputs.join()) {
    throw new StateArchiveError(
      `${path} is an export of the topics ${found.topics.join(', ')}; its offsets don't apply to ${inputs.join(', ')}`,
    );
  }
  await refuseForeign(platform, partitions, context.settings.CLV_APP);
  const progress = progressLine('imported', partitions);
  const customers = await importState(platform.stateArchive(), linesOf(path), progress.show);
  progress.end();
  console.log(
    `${path} of ${found.exportedAt}: ${customers} customers imported; start the scorers to fold what came since`,
  );
}

/** An import replaces the current state, so it refuses to replace another deployment's. */
async function refuseForeign(platform: Platform, partitions: number, app: string): Promise<void> {
  const { identity } = await claimantOf(platform, app, partitions)();
  const store = platform.stateStore();
  for (let partition = 0; partition < partitions; partition++) {
    const owner = await store.owner(partition);
    if (owner === null || isSameDeployment(owner, identity)) continue;
    throw new StateArchiveError(
      `partition ${partition} belongs to another deployment (${describeIdentity(owner)}), and nothing was changed: set CLV_REDIS_PREFIX to an unused prefix, or run clv-stream state adopt first`,
    );
  }
}

async function* withNewlines(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  // An error of either stage ends the loop below. The callback only prevents a second, unhandled throw.
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
