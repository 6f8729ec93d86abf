import { sha256 } from '../../adapters/system/digest';
import type { Backend } from '../../adapters/tensorflow/backend';
import { currencyOf, minorPerMajor } from '../../domain/currency';
import type { CustomerEvent } from '../../domain/event';
import type { Learner } from '../../ports/learner';
import { fitModel } from '../../services/fit/fit';
import type { PretrainProgress } from '../../services/fit/pretrain';
import type { TrainingSetup } from '../options/training-options';
import { cleanedIn } from '../reports/cleaning-lines';
import { eventSpan, type FitHistory } from './history';
import type { FitOutcome } from './model-card';
import { FitProgress } from './progress';
import type { SearchFinding } from './search-run';
import { type FitTarget, nameIn, writeTarget } from './target';
import { TrainingLog } from './training-log';

export interface FitTask {
  readonly history: FitHistory;
  /** `history.events`, in the order of event time. */
  readonly events: readonly CustomerEvent[];
  readonly currency: string;
  /** The artefact says its currency. False for simulated customers, unless one was asked for. */
  readonly saysCurrency: boolean;
  readonly seed: number;
  readonly setup: TrainingSetup;
  /** The search that chose the options. Null without a search. */
  readonly search: SearchFinding | null;
  /** Where event files for TensorBoard go while the training runs. Null: none. */
  readonly tensorboard: string | null;
}

/** Trains, fits the blend and writes the model. Task and backend determine the result. */
export async function trainAndWrite(
  { history, events, currency, saysCurrency, seed, setup, search, tensorboard }: FitTask,
  target: FitTarget,
  backend: Backend,
  learner: Learner,
): Promise<FitOutcome> {
  const { start } = setup;
  const options = { ...setup.options, minorPerMajor: minorPerMajor(currency), seed, endS: history.endS };
  const progress = new FitProgress(options.epochs, process.stderr);
  const logs = new Map<string, TrainingLog>();
  const follow = (run: 'fit' | 'backtest') => {
    if (run === 'backtest')
      progress.announce('training once more without the last window of the history, to choose the blend');
    const log = new TrainingLog(backend, tensorboard, run, progress);
    logs.set(run, log);
    return (facts: PretrainProgress) => log.take(facts);
  };
  try {
    const { recorded, description } = history;
    const request = { events, recorded, description, currency: saysCurrency ? currencyOf(currency) : null };
    const parent = start?.model.version ?? null;
    const fitted = await fitModel({ ...request, options, parent }, { learner, sha256, follow });
    const { artefact, version, shape, settings, metrics } = fitted;
    const outcome: FitOutcome = {
      history,
      cleaned: cleanedIn(events),
      profiles: events.filter(({ kind }) => kind === 'profile').length,
      span: eventSpan(events)!,
      currency,
      backend: nameOf(backend),
      options,
      epochs: logs.get('fit')!.epochs,
      metrics,
      settings,
      shape,
      start,
      search,
      artefact: {
        file: nameIn(target),
        bytes: artefact.length,
        sha256: Buffer.from(artefact.subarray(artefact.length - 32)).toString('hex'),
        version,
      },
    };
    await writeTarget(target, artefact, outcome);
    return outcome;
  } finally {
    progress.stop();
  }
}

export function nameOf({ name }: Backend): string {
  return name === 'wasm' ? 'WebAssembly' : 'native TensorFlow';
}
