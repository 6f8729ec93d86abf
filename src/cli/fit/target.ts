import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
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

/** Creates the folder. Deletes the event files of an earlier training in it, which TensorBoard would draw as the same run. */
export async function prepareTarget({ artefact, folder }: FitTarget): Promise<void> {
  await mkdir(dirname(artefact), { recursive: true });
  if (folder !== null) await rm(tensorboardFolder(folder), { recursive: true, force: true });
}

export function tensorboardFolder(folder: string): string {
  return join(folder, 'tensorboard');
}

/** Writes the artefact. A folder also gets model-card.json, model-card.md and loss.svg. */
export async function writeTarget(target: FitTarget, bytes: Uint8Array, outcome: FitOutcome): Promise<void> {
  await writeFile(target.artefact, bytes);
  const { folder } = target;
  if (folder === null) return;
  const card = modelCard(outcome);
  const { epochs, metrics } = outcome;
  await writeFile(join(folder, 'model-card.json'), `${JSON.stringify(card, null, 2)}\n`);
  await writeFile(join(folder, 'model-card.md'), modelCardPage(card));
  const chart = lossChart({ epochs, bestEpoch: metrics.epochs, baselines: baselinesOf(metrics) });
  await writeFile(join(folder, 'loss.svg'), chart);
}

export function nameIn({ artefact }: FitTarget): string {
  return basename(artefact);
}
