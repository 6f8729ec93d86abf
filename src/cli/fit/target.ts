import { mkdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { type Output, outputFault } from '../../adapters/files/output';
import { unfinished } from '../../adapters/files/unfinished';
import { partOf, writeWhole } from '../../adapters/files/whole-file';
import { requireWritable, requireWritableFolder } from '../files/writable';
import { lossChart } from '../reports/fit/loss-chart';
import { baselinesOf, type FitOutcome, modelCard } from './model-card';
import { modelCardPage } from './model-card-page';

const ARTEFACT_ENDING = '.clvm';

/** What `fit` writes: a folder with all files of the model, or the artefact only. */
export interface FitTarget {
  readonly artefact: string;
  /** Null if --out names an artefact. */
  readonly folder: string | null;
}

export function fitTarget(out: string): FitTarget {
  return out.endsWith(ARTEFACT_ENDING)
    ? { artefact: out, folder: null }
    : { artefact: join(out, `model${ARTEFACT_ENDING}`), folder: out };
}

/** Rejects with OutputError if the target can't be written, before the history is read. Creates nothing. */
export async function requireTarget(target: FitTarget): Promise<void> {
  const { artefact, folder } = target;
  const inFolder = folder ?? dirname(artefact);
  await requireWritableFolder(outputAt(inFolder));
  const isThere = (await stat(inFolder).catch(() => null)) !== null;
  if (isThere) await requireWritable([outputAt(artefact)]);
}

/**
 * Creates the folder and does the work in it. The event files are written beside those of an earlier training, and replace them at the end:
 * TensorBoard would draw both as the same run. After a failure or Ctrl-C they are removed, and so is a folder that is new and empty.
 */
export async function inTarget<T>(
  { artefact, folder }: FitTarget,
  work: (tensorboard: string | null) => Promise<T>,
): Promise<T> {
  const parent = folder ?? dirname(artefact);
  const created = await mkdir(parent, { recursive: true }).catch((error) => {
    throw outputFault(outputAt(parent), error);
  });
  if (folder === null) return work(null).finally(() => removeIfEmpty(created, parent));
  const part = partOf(tensorboardFolder(folder));
  const settled = unfinished(part, folder, madeFolders(created, parent));
  try {
    const done = await work(part);
    await rm(tensorboardFolder(folder), { recursive: true, force: true });
    if ((await stat(part).catch(() => null)) !== null) await rename(part, tensorboardFolder(folder));
    return done;
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    throw error;
  } finally {
    settled();
    await removeIfEmpty(created, parent);
  }
}

/** The folders from `parent` up to the first that was created. None if all were there. */
function madeFolders(created: string | undefined, parent: string): string[] {
  if (created === undefined) return [];
  const top = resolve(created);
  const made: string[] = [];
  for (let folder = resolve(parent); !relative(top, folder).startsWith('..'); folder = dirname(folder)) {
    made.push(folder);
  }
  return made;
}

/** Removes the folders that were made, as far as nothing is in them. */
async function removeIfEmpty(created: string | undefined, parent: string): Promise<void> {
  for (const folder of madeFolders(created, parent)) {
    const isLeft = await rmdir(folder).then(
      () => false,
      () => true,
    );
    if (isLeft) return;
  }
}

const outputAt = (path: string): Output => ({ option: '--out', path });

export function tensorboardFolder(folder: string): string {
  return join(folder, 'tensorboard');
}

/** Writes the artefact. A folder also gets model-card.json, model-card.md and loss.svg. */
export async function writeTarget(target: FitTarget, bytes: Uint8Array, outcome: FitOutcome): Promise<void> {
  await writeWhole(outputAt(target.artefact), bytes);
  const { folder } = target;
  if (folder === null) return;
  const card = modelCard(outcome);
  const { epochs, metrics } = outcome;
  await writeWhole(outputAt(join(folder, 'model-card.json')), `${JSON.stringify(card, null, 2)}\n`);
  await writeWhole(outputAt(join(folder, 'model-card.md')), modelCardPage(card));
  const chart = lossChart({ epochs, bestEpoch: metrics.epochs, baselines: baselinesOf(metrics) });
  await writeWhole(outputAt(join(folder, 'loss.svg')), chart);
}

export function nameIn({ artefact }: FitTarget): string {
  return basename(artefact);
}
