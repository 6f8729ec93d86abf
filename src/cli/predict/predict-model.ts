import { join } from 'node:path';
import { readRegularFile } from '../../adapters/files/regular-file';
import { sha256 } from '../../adapters/system/digest';
import { loadBackend } from '../../adapters/tensorflow/backend';
import { TensorFlowLearner } from '../../adapters/tensorflow/tensorflow-learner';
import { currencyOf, minorPerMajor } from '../../domain/currency';
import type { CustomerEvent } from '../../domain/event';
import type { Model } from '../../domain/scoring/model';
import { typicalOrderBefore } from '../../domain/state/capped-amounts';
import { fitModel } from '../../services/fit/fit';
import { gainText } from '../../services/fit/recommendation';
import { openArtefact, withoutRecommendation } from '../compose/first-model';
import type { FitHistory } from '../fit/history';
import { FitProgress } from '../fit/progress';
import { type TrainingArguments, trainingSetup } from '../options/training-options';
import { PACKAGE_DIRECTORY } from '../process/process';

/** A model to score with. */
export interface ScoringModel {
  readonly model: Model;
  /** One sentence if `fit` did not recommend it. Null otherwise. */
  readonly objection: string | null;
}

/** The model of the file, or the shipped one. Throws if it is none that this version can use. */
export async function modelOf(path: string | undefined): Promise<ScoringModel> {
  const artefact = await readRegularFile(path ?? join(PACKAGE_DIRECTORY, 'models', 'first-weights.clvm'));
  const opened = openArtefact(artefact);
  if (!opened.ok) throw new Error(`the model ${path ?? 'shipped with the program'} is refused: ${opened.reason}`);
  return { model: opened.model, objection: withoutRecommendation(artefact) };
}

/** If orders are this much larger or smaller than the model's, its scale of money is another shop's. */
const OTHER_SCALE = 3;

/** Says so if the model has the scale of money of another shop. */
export function scaleNote(
  model: Model,
  events: readonly CustomerEvent[],
  asOfS: number,
  perMajor: number,
): string | null {
  const typical = typicalOrderBefore(events, asOfS);
  if (typical === null) return 'no order with an amount: every value rests on the typical order of the model alone';
  const own = model.settings.typicalOrderMinor;
  if (Math.max(typical / own, own / typical) <= OTHER_SCALE) return null;
  const major = (minor: number) => (minor / perMajor).toFixed(2);
  return `a typical order here is ${major(typical)}, that of the model ${major(own)}: it was trained on another shop; use --fit for one of this shop`;
}

export interface SpotFit extends TrainingArguments {
  readonly seed: number;
  readonly backend: Parameters<typeof loadBackend>[0]['preference'];
  readonly threads: number;
}

/** Trains a model on the history, as `fit` does, with progress on stderr. */
export async function fitOnTheSpot(
  history: FitHistory,
  events: readonly CustomerEvent[],
  currency: string,
  fit: SpotFit,
  say: (line: string) => void,
): Promise<ScoringModel & { readonly artefact: Uint8Array }> {
  const backend = await loadBackend({ preference: fit.backend, threads: fit.threads });
  const setup = await trainingSetup(fit);
  const learner = new TensorFlowLearner(backend);
  const progress = new FitProgress(setup.options.epochs, process.stderr);
  try {
    const { endS, description } = history;
    const options = { ...setup.options, seed: fit.seed, endS, minorPerMajor: minorPerMajor(currency) };
    const parent = setup.start?.model.version ?? null;
    const request = { events, recorded: true, description, currency: currencyOf(currency), options, parent };
    const { artefact, metrics } = await fitModel(request, {
      learner,
      sha256,
      follow: (run) => {
        progress.announce(
          run === 'fit' ? 'training' : 'training once more without the last window, to choose the blend',
        );
        return (facts) => progress.show(facts);
      },
    });
    say(`gain over one rate for all: ${gainText(metrics.gain)}`);
    const opened = openArtefact(artefact);
    if (!opened.ok) throw new Error(`the new model is refused: ${opened.reason}`);
    return { model: opened.model, artefact, objection: withoutRecommendation(artefact) };
  } finally {
    progress.stop();
    learner.dispose();
  }
}
