import { type BackendPreference, loadBackend } from '../../adapters/tensorflow/backend';
import { TensorFlowLearner } from '../../adapters/tensorflow/tensorflow-learner';
import { minorPerMajor } from '../../domain/currency';
import type { Artefact } from '../../serde/model-artefact';
import { type TrainingArguments, trainingSetup } from '../options/training-options';
import type { FitHistory } from './history';
import { fitReport } from './report';
import { runSearch, tunedSetup } from './search-run';
import { fitTarget, inTarget } from './target';
import { nameOf, trainAndWrite } from './train';

/** How to train. It does not depend on where the history comes from. */
export interface FitRun extends TrainingArguments {
  /** ISO 4217 code of the amounts. */
  readonly currency: string;
  /** The artefact says its currency. False for simulated customers, unless one was asked for. */
  readonly saysCurrency: boolean;
  readonly seed: number;
  /** Number of search runs. Absent: no search. */
  readonly search?: number;
  readonly folds: number;
  readonly backend: BackendPreference;
  readonly threads: number;
  readonly out: string;
  readonly json?: true;
}

/** Searches if requested, trains, fits the blend, writes the model, and prints a report on stdout. */
export async function runFit(run: FitRun, history: FitHistory): Promise<void> {
  const { currency, saysCurrency, seed, search: trials, folds, set: fixed = {} } = run;
  const backend = await loadBackend({ preference: run.backend, threads: run.threads });
  const setup = await trainingSetup(run);
  const target = fitTarget(run.out);
  const { folder } = target;
  if (trials !== undefined && folder === null)
    throw new Error(`a search writes a folder, but --out ${run.out} names a file: give --out a name without .clvm`);
  if (setup.start) say(startLine(setup.start));
  say(`training on ${nameOf(backend)} (TensorFlow.js ${backend.version})`);
  if (folder !== null && backend.name === 'wasm') {
    say('no TensorBoard files: only native TensorFlow.js writes them; loss.svg has the same curve');
  }
  const events = [...history.events];
  const learner = new TensorFlowLearner(backend);
  try {
    const { endS } = history;
    const task = { seed, events, endS, minorPerMajor: minorPerMajor(currency), fixed, setup, folds };
    const outcome = await inTarget(target, async (tensorboard) => {
      const search = trials === undefined ? null : await runSearch({ ...task, trials }, folder!, learner, say);
      const tuned = search ? tunedSetup(setup, search) : setup;
      const training = { history, events, currency, saysCurrency, seed, setup: tuned, search, tensorboard };
      return trainAndWrite(training, target, backend, learner);
    });
    process.stdout.write(fitReport(outcome, target, run.json === true));
  } finally {
    learner.dispose();
  }
}

function startLine({ model, card }: Artefact): string {
  return (
    `starting from ${model.version} (${card.trainedOn}): only its encoder and heads; ` +
    'the scale of money, the order-value prior, the tier cuts and the blend are fitted on this history'
  );
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
